#include "jwt/claims.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/try.hpp"
#include "json/strict.hpp"

namespace signpost::jwt {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

constexpr std::size_t claims_depth = 16;
constexpr std::size_t subject_bytes = 255;

// A NumericDate (RFC 7519 section 2), whole seconds of the years 1970 to 9999. Nothing where the
// claim is not there.
std::expected<std::optional<UnixSeconds>, JwtError> time_claim(const json::object& claims,
                                                               std::string_view name) {
  constexpr std::int64_t last_second = 253402300799;
  const json::value* value = claims.if_contains(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_int64() || value->get_int64() < 0 || value->get_int64() > last_second)
    return std::unexpected(JwtError::bad_claim);
  return UnixSeconds(seconds(value->get_int64()));
}

std::expected<UnixSeconds, JwtError> check_times(const json::object& claims, seconds leeway,
                                                 UnixSeconds now) {
  TRY(auto expires_at, time_claim(claims, "exp"));
  TRY(auto not_before, time_claim(claims, "nbf"));
  TRY(auto issued_at, time_claim(claims, "iat"));
  if (!expires_at) return std::unexpected(JwtError::missing_expiry);
  // No leeway here: what is signed for the caller ends with the token, so there is nothing to give.
  if (*expires_at <= now) return std::unexpected(JwtError::expired);
  if (not_before && *not_before > now + leeway) return std::unexpected(JwtError::not_yet_valid);
  if (issued_at && *issued_at > now + leeway) return std::unexpected(JwtError::not_yet_valid);
  return *expires_at;
}

// RFC 7519 section 4.1.3: a string, or an array of strings.
std::expected<void, JwtError> check_audience(const json::object& claims,
                                             std::string_view audience) {
  const json::value* value = claims.if_contains("aud");
  if (value == nullptr) return std::unexpected(JwtError::wrong_audience);
  if (value->is_string()) {
    if (value->get_string() == audience) return {};
    return std::unexpected(JwtError::wrong_audience);
  }
  if (!value->is_array()) return std::unexpected(JwtError::bad_claim);
  bool found = false;
  for (const json::value& item : value->get_array()) {
    if (!item.is_string()) return std::unexpected(JwtError::bad_claim);
    found = found || item.get_string() == audience;
  }
  if (!found) return std::unexpected(JwtError::wrong_audience);
  return {};
}

// Tokens that say in a claim that they are not for calling an API: refresh and ID tokens of
// Keycloak ("typ"), Cognito ("token_use"), Django's Simple JWT ("token_type") and
// Flask-JWT-Extended ("type").
bool is_for_another_purpose(const json::object& claims) {
  static constexpr auto others = std::to_array<std::string_view>(
      {"refresh", "refresh_token", "offline", "id", "id_token", "logout", "share", "upload"});
  for (std::string_view name : {"typ", "token_use", "token_type", "type", "purpose"}) {
    const json::value* value = claims.if_contains(name);
    if (value == nullptr || !value->is_string()) continue;
    std::string purpose = to_lower(std::string_view(value->get_string()));
    if (std::ranges::find(others, purpose) != others.end()) return true;
  }
  return false;
}

// "sub" must be a string; a claim that the operator chose may be a whole number, as a database's
// id is.
std::expected<std::string, JwtError> subject_of(const json::object& claims,
                                                std::string_view claim) {
  const json::value* value = claims.if_contains(claim);
  if (value == nullptr) return std::unexpected(JwtError::bad_subject);
  if (claim != "sub" && value->is_int64()) return std::to_string(value->get_int64());
  if (claim != "sub" && value->is_uint64()) return std::to_string(value->get_uint64());
  if (!value->is_string()) return std::unexpected(JwtError::bad_subject);
  std::string subject(std::string_view(value->get_string()));
  bool has_control =
      std::ranges::any_of(subject, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (subject.empty() || subject.size() > subject_bytes || has_control)
    return std::unexpected(JwtError::bad_subject);
  return subject;
}

std::expected<std::vector<std::string>, JwtError> groups_of(const json::object& claims,
                                                            std::string_view claim) {
  std::vector<std::string> groups;
  const json::value* value = claims.if_contains(claim);
  if (value == nullptr || value->is_null()) return groups;
  if (!value->is_array()) return std::unexpected(JwtError::bad_claim);
  for (const json::value& item : value->get_array()) {
    if (!item.is_string()) return std::unexpected(JwtError::bad_claim);
    groups.emplace_back(std::string_view(item.get_string()));
  }
  return groups;
}

}  // namespace

std::expected<json::object, JwtError> parse_claims(std::string_view payload) {
  auto bytes = base64url_decode(payload);
  if (!bytes) return std::unexpected(JwtError::malformed);
  auto value = signpost::json::parse_strict(*bytes, claims_depth);
  if (!value)
    return std::unexpected(value.error() == signpost::json::StrictError::duplicate
                               ? JwtError::duplicate_member
                               : JwtError::malformed);
  if (!value->is_object()) return std::unexpected(JwtError::malformed);
  return std::move(value->get_object());
}

std::expected<Claims, JwtError> check_claims(const json::object& claims, const Issuer& issuer,
                                             UnixSeconds now) {
  const json::value* iss = claims.if_contains("iss");
  if (iss == nullptr || !iss->is_string() || iss->get_string() != issuer.issuer)
    return std::unexpected(JwtError::wrong_issuer);
  TRYV(check_audience(claims, issuer.audience));
  TRY(UnixSeconds expires_at, check_times(claims, issuer.leeway, now));
  if (is_for_another_purpose(claims)) return std::unexpected(JwtError::wrong_type);
  TRY(std::string subject, subject_of(claims, issuer.subject_claim));
  TRY(std::vector<std::string> groups, groups_of(claims, issuer.groups_claim));
  return Claims{.issuer_name = issuer.name,
                .subject = std::move(subject),
                .groups = std::move(groups),
                .expires_at = expires_at};
}

}  // namespace signpost::jwt
