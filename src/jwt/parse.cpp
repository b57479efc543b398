#include "jwt/parse.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/limits.hpp"
#include "base/try.hpp"
#include "json/strict.hpp"

namespace signpost::jwt {
namespace {

namespace json = boost::json;

constexpr std::size_t header_depth = 8;

std::optional<std::string_view> text_of(const json::value* value) {
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string_view(value->get_string());
}

// RFC 7519 section 5.1 and RFC 9068 section 2.1: absent, "JWT" or an access token.
bool is_bearer_type(const json::value* typ) {
  if (typ == nullptr) return true;
  auto text = text_of(typ);
  if (!text) return false;
  constexpr std::string_view prefix = "application/";
  std::string name = to_lower(*text);
  if (name.starts_with(prefix)) name.erase(0, prefix.size());
  return name == "jwt" || name == "at+jwt";
}

std::expected<json::object, JwtError> parse_header(std::string_view encoded) {
  auto bytes = base64url_decode(encoded);
  if (!bytes) return std::unexpected(JwtError::malformed);
  auto value = signpost::json::parse_strict(*bytes, header_depth);
  if (!value)
    return std::unexpected(value.error() == signpost::json::StrictError::duplicate
                               ? JwtError::duplicate_member
                               : JwtError::malformed);
  if (!value->is_object()) return std::unexpected(JwtError::malformed);
  return std::move(value->get_object());
}

}  // namespace

std::string_view explain(JwtError error) {
  switch (error) {
    case JwtError::too_long:
      return "the token is too long";
    case JwtError::malformed:
      return "the token is not a well-formed JSON Web Token";
    case JwtError::duplicate_member:
      return "the token has a member twice";
    case JwtError::unsupported_algorithm:
      return "the token's algorithm is not accepted";
    case JwtError::critical_extension:
      return "the token needs an extension that is not known here";
    case JwtError::wrong_type:
      return "the token is for another purpose";
    case JwtError::unknown_key:
    case JwtError::bad_signature:
      return "the token's signature cannot be confirmed";
    case JwtError::bad_claim:
      return "a claim of the token has the wrong type";
    case JwtError::missing_expiry:
      return "the token has no expiry";
    case JwtError::expired:
      return "the token has expired";
    case JwtError::not_yet_valid:
      return "the token is not valid yet";
    case JwtError::wrong_issuer:
      return "the token is of an issuer that is not known here";
    case JwtError::wrong_audience:
      return "the token is for another audience";
    case JwtError::bad_subject:
      return "the token names no subject";
  }
  std::unreachable();
}

std::expected<Parsed, JwtError> parse(std::string_view token) {
  if (token.size() > limits::token_bytes) return std::unexpected(JwtError::too_long);
  std::size_t first = token.find('.');
  std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return std::unexpected(JwtError::malformed);
  auto signature = base64url_decode(token.substr(second + 1));
  if (!signature || signature->empty()) return std::unexpected(JwtError::malformed);
  TRY(json::object header, parse_header(token.substr(0, first)));
  auto name = text_of(header.if_contains("alg"));
  if (!name) return std::unexpected(JwtError::malformed);
  auto algorithm = parse_algorithm(*name);
  if (!algorithm) return std::unexpected(JwtError::unsupported_algorithm);
  // "b64" (RFC 7797) without "crit" is no longer the JWS of RFC 7515 either.
  if (header.contains("crit") || header.contains("b64"))
    return std::unexpected(JwtError::critical_extension);
  if (!is_bearer_type(header.if_contains("typ"))) return std::unexpected(JwtError::wrong_type);
  const json::value* key_id = header.if_contains("kid");
  // An empty name is neither a name nor the absence of one.
  if (key_id != nullptr && (!key_id->is_string() || key_id->get_string().empty()))
    return std::unexpected(JwtError::malformed);
  return Parsed{.algorithm = *algorithm,
                .key_id = std::string(text_of(key_id).value_or("")),
                .signed_part = token.substr(0, second),
                .payload = token.substr(first + 1, second - first - 1),
                .signature = *std::move(signature)};
}

}  // namespace signpost::jwt
