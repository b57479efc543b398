#include "sigv4/authorization_query.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "sigv4/encoding.hpp"

namespace signpost::sigv4 {
namespace {

// In the order of AuthParameter.
constexpr std::array<std::string_view, auth_parameters> names = {
    "X-Amz-Algorithm",     "X-Amz-Credential", "X-Amz-Date",          "X-Amz-Expires",
    "X-Amz-SignedHeaders", "X-Amz-Signature",  "X-Amz-Security-Token"};

constexpr std::string_view name_of(AuthParameter parameter) {
  return names[static_cast<std::size_t>(parameter)];
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

// Remembers the value where the name is that of a parameter of a signature.
std::optional<ParsedQuery::Error> ParsedQuery::classify(const EncodedPair& pair) {
  if (pair.name == "AWSAccessKeyId" || pair.name == "Signature") version_2_ = true;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (pair.name != names[i]) continue;
    if (auth_[i]) return Error{QueryError::repeated, names[i]};
    auth_[i] = pair.value;
    return {};
  }
  if (pair.name.size() < 6 || !equal_ignoring_case(pair.name.substr(0, 6), "x-amz-")) return {};
  for (const std::string_view name : names)
    if (equal_ignoring_case(pair.name, name)) return Error{QueryError::misspelt, name};
  constexpr std::string_view content_sha256 = "X-Amz-Content-Sha256";
  if (equal_ignoring_case(pair.name, content_sha256)) {
    if (content_sha256_) return Error{QueryError::repeated, content_sha256};
    content_sha256_ = pair.value;
  }
  return {};
}

// Puts the pair behind the others; `raw` is how it came.
void ParsedQuery::keep(const EncodedPair& pair, std::string_view raw) {
  const char* const next = raw_query_.data() + canonical_size_ + (pairs_.empty() ? 0 : 1);
  canonical_ = canonical_ && raw.data() == next && pair.name.data() == raw.data() &&
               pair.name.size() + 1 + pair.value.size() == raw.size() &&
               pair.value.data() == raw.data() + pair.name.size() + 1 &&
               (pairs_.empty() || !comes_before(pair, pairs_.back()));
  canonical_size_ += raw.size() + (pairs_.empty() ? 0 : 1);
  pairs_.push_back(pair);
}

std::string_view ParsedQuery::canonical(std::pmr::memory_resource& memory) {
  if (canonical_) return raw_query_.substr(0, canonical_size_);
  return canonical_query(pairs_, memory);
}

std::expected<ParsedQuery, ParsedQuery::Error> ParsedQuery::parse(
    std::string_view raw_query, std::pmr::memory_resource& memory) {
  ParsedQuery out(memory);
  out.raw_query_ = raw_query;
  out.pairs_.reserve(16);  // as many as nearly every query has
  while (!raw_query.empty()) {
    const std::string_view raw = take_until(raw_query, '&');
    if (raw.empty()) continue;
    std::string_view raw_value = raw;
    const std::string_view raw_name = take_until(raw_value, '=');
    const auto name = canonical_text(raw_name, Slash::encode, memory);
    const auto value = canonical_text(raw_value, Slash::encode, memory);
    if (!name || !value) return std::unexpected(Error{QueryError::broken_escape, raw_name});
    const EncodedPair pair{*name, *value};
    if (auto error = out.classify(pair)) return std::unexpected(*error);
    if (pair.name != name_of(AuthParameter::signature)) out.keep(pair, raw);
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
