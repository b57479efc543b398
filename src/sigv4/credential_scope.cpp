#include "sigv4/credential_scope.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "sigv4/amz_date.hpp"

namespace signpost::sigv4 {
namespace {

bool is_day(std::string_view day) {
  if (day.size() != 8 || !std::ranges::all_of(day, [](char c) { return is_digit(c); }))
    return false;
  const auto number = [&](std::size_t at, std::size_t count) {
    int value = 0;
    for (char c : day.substr(at, count)) value = value * 10 + (c - '0');
    return value;
  };
  return from_civil(number(0, 4), number(4, 2), number(6, 2), 0, 0, 0).has_value();
}

// Cuts the part behind the last '/' off `text`; nothing where there is no '/'.
bool take_last(std::string_view& text, std::string_view& part) {
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos) return false;
  part = text.substr(slash + 1);
  text.remove_suffix(text.size() - slash);
  return true;
}

}  // namespace

std::string CredentialScope::text() const {
  std::string out;
  out.reserve(day.size() + region.size() + service.size() + scope_terminator.size() + 3);
  out.append(day).append("/").append(region).append("/").append(service).append("/");
  out.append(scope_terminator);
  return out;
}

std::expected<Credential, CredentialError> Credential::parse(std::string_view text) {
  Credential out;
  std::string_view terminator;
  std::string_view rest = text;
  if (!take_last(rest, terminator) || !take_last(rest, out.scope.service) ||
      !take_last(rest, out.scope.region) || !take_last(rest, out.scope.day))
    return std::unexpected(CredentialError::too_few_parts);
  if (terminator != scope_terminator) return std::unexpected(CredentialError::wrong_terminator);
  if (!is_day(out.scope.day)) return std::unexpected(CredentialError::malformed_day);
  if (rest.empty()) return std::unexpected(CredentialError::empty_access_key);
  out.access_key_id = rest;
  return out;
}

std::string Credential::text() const {
  return std::string(access_key_id) + "/" + scope.text();
}

}  // namespace signpost::sigv4
