#include "sigv4/authorization_query.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "sigv4/encoding.hpp"

namespace signpost::sigv4 {
namespace {

constexpr std::array<AuthParameter, auth_parameters> all_parameters = {
    AuthParameter::algorithm,     AuthParameter::credential,     AuthParameter::date,
    AuthParameter::expires,       AuthParameter::signed_headers, AuthParameter::signature,
    AuthParameter::security_token};

constexpr std::string_view name_of(AuthParameter parameter) {
  switch (parameter) {
    case AuthParameter::algorithm:
      return "X-Amz-Algorithm";
    case AuthParameter::credential:
      return "X-Amz-Credential";
    case AuthParameter::date:
      return "X-Amz-Date";
    case AuthParameter::expires:
      return "X-Amz-Expires";
    case AuthParameter::signed_headers:
      return "X-Amz-SignedHeaders";
    case AuthParameter::signature:
      return "X-Amz-Signature";
    case AuthParameter::security_token:
      return "X-Amz-Security-Token";
  }
  return {};
}

// Cuts off and returns what stands before the separator; the rest stays without the separator.
std::string_view take_until(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const std::string_view head = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return head;
}

}  // namespace

std::string_view parameter_name(AuthParameter parameter) {
  return name_of(parameter);
}

bool ParsedQuery::has_any() const {
  return std::ranges::any_of(auth_, [](const auto& value) { return value.has_value(); });
}

// Remembers the pair where it is a parameter of a signature.
std::optional<ParsedQuery::Error> ParsedQuery::classify(const EncodedPair& pair) {
  if (pair.name == "AWSAccessKeyId" || pair.name == "Signature") version_2_ = true;
  if (pair.name.size() < 6 || !equal_ignoring_case(pair.name.substr(0, 6), "x-amz-")) return {};
  for (AuthParameter parameter : all_parameters) {
    if (!equal_ignoring_case(pair.name, name_of(parameter))) continue;
    if (pair.name != name_of(parameter)) return Error{QueryError::misspelt, name_of(parameter)};
    auto& value = auth_[static_cast<std::size_t>(parameter)];
    if (value) return Error{QueryError::repeated, name_of(parameter)};
    value = pair.value;
    return {};
  }
  constexpr std::string_view content_sha256 = "X-Amz-Content-Sha256";
  if (equal_ignoring_case(pair.name, content_sha256)) {
    if (content_sha256_) return Error{QueryError::repeated, content_sha256};
    content_sha256_ = pair.value;
  }
  return {};
}

std::expected<ParsedQuery, ParsedQuery::Error> ParsedQuery::parse(
    std::string_view raw_query, std::pmr::memory_resource& memory) {
  ParsedQuery out(memory);
  out.pairs_.reserve(static_cast<std::size_t>(std::ranges::count(raw_query, '&')) + 1);
  while (!raw_query.empty()) {
    std::string_view raw_value = take_until(raw_query, '&');
    if (raw_value.empty()) continue;
    const std::string_view raw_name = take_until(raw_value, '=');
    const auto name = canonical_text(raw_name, Slash::encode, memory);
    const auto value = canonical_text(raw_value, Slash::encode, memory);
    if (!name || !value) return std::unexpected(Error{QueryError::broken_escape, raw_name});
    const EncodedPair pair{*name, *value};
    if (auto error = out.classify(pair)) return std::unexpected(*error);
    if (pair.name != name_of(AuthParameter::signature)) out.pairs_.push_back(pair);
  }
  return out;
}

std::expected<std::chrono::seconds, std::string_view> parse_expires(std::string_view text) {
  if (text.starts_with('-')) return std::unexpected("X-Amz-Expires must be non-negative");
  if (text.empty() || !std::ranges::all_of(text, [](char c) { return is_digit(c); }))
    return std::unexpected("X-Amz-Expires should be a number");
  const auto seconds = parse_u64(text);
  if (!seconds || *seconds > static_cast<std::uint64_t>(limits::presigned_lifetime.count()))
    return std::unexpected(
        "X-Amz-Expires must be less than a week (in seconds); the greatest is 604800");
  return std::chrono::seconds(*seconds);
}

}  // namespace signpost::sigv4
