#pragma once

#include <boost/json/object.hpp>
#include <expected>
#include <string_view>

#include "base/time.hpp"
#include "jwt/parse.hpp"
#include "jwt/verify.hpp"

namespace signpost::jwt {

// The payload of a JWT as an object (RFC 7519 section 7.2 step 10). malformed, duplicate_member.
std::expected<boost::json::object, JwtError> parse_claims(std::string_view payload);

// Checks the claims of a token whose signature holds (RFC 7519 section 4.1).
std::expected<Claims, JwtError> check_claims(const boost::json::object& claims,
                                             const Issuer& issuer, UnixSeconds now);

}  // namespace signpost::jwt
