#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "jwt/algorithm.hpp"

namespace signpost::jwt {

enum class JwtError {
  too_long,               // more than limits::token_bytes
  malformed,              // not three parts of strict base64url holding JSON objects
  duplicate_member,       // a name twice in the header or the claims
  unsupported_algorithm,  // "alg" is none of ours, or none this issuer uses
  critical_extension,     // "crit" is there (RFC 7515 section 4.1.11): we know no extension
  wrong_type,             // "typ" names another purpose than a JWT or an access token
  unknown_key,            // no key of the issuer has that "kid" and algorithm
  bad_signature,
  bad_claim,       // a registered claim has the wrong type or no sense
  missing_expiry,  // no "exp"
  expired,
  not_yet_valid,  // "nbf" or "iat" in the future
  wrong_issuer,
  wrong_audience,
  bad_subject,  // the subject claim is missing, empty or no usable text
};
// A sentence for problem details; says nothing of keys.
std::string_view explain(JwtError error);

// A JWS in compact serialisation (RFC 7515 section 7.1), taken apart but not checked. The views
// point into the token.
struct Parsed {
  Algorithm algorithm = Algorithm::HS256;
  std::string key_id;            // "kid"; empty where there is none
  std::string_view signed_part;  // header '.' payload, as it stands
  std::string_view payload;      // base64url
  std::string signature;         // decoded
};

// Checks all that can be checked before a key: shape, header, "crit", "typ". Members that bring a
// key along ("jku", "x5u", "jwk", "x5c") are never looked at.
std::expected<Parsed, JwtError> parse(std::string_view token);

}  // namespace signpost::jwt
