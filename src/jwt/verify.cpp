#include "jwt/verify.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/try.hpp"
#include "jwt/claims.hpp"

namespace signpost::jwt {
namespace {

// A key answers to the token's "kid", or has no name; a token without "kid" may be of any key.
bool may_be(const Key& key, const Parsed& token) {
  return key.algorithm() == token.algorithm &&
         (key.id().empty() || token.key_id.empty() || key.id() == token.key_id);
}

}  // namespace

std::string_view explain(IssuerError error) {
  switch (error) {
    case IssuerError::no_name:
      return "name is missing";
    case IssuerError::no_issuer:
      return "issuer is missing";
    case IssuerError::no_audience:
      return "audience is missing";
    case IssuerError::no_algorithm:
      return "algorithms is empty";
    case IssuerError::bad_leeway:
      return "leeway must be from 0 to 300 seconds";
    case IssuerError::no_key_for_algorithm:
      return "none of algorithms has a key: HS256 needs a secret, the others a JWK set";
  }
  std::unreachable();
}

std::expected<Verifier, IssuerError> Verifier::make(Issuer issuer, KeySet keys) {
  constexpr std::chrono::seconds most_leeway{300};
  if (issuer.name.empty()) return std::unexpected(IssuerError::no_name);
  if (issuer.issuer.empty()) return std::unexpected(IssuerError::no_issuer);
  if (issuer.audience.empty()) return std::unexpected(IssuerError::no_audience);
  if (issuer.algorithms.empty()) return std::unexpected(IssuerError::no_algorithm);
  if (issuer.leeway < std::chrono::seconds(0) || issuer.leeway > most_leeway)
    return std::unexpected(IssuerError::bad_leeway);
  bool any = std::ranges::any_of(issuer.algorithms, [&](Algorithm algorithm) {
    return std::ranges::find(keys.keys(), algorithm, &Key::algorithm) != keys.keys().end();
  });
  if (!any) return std::unexpected(IssuerError::no_key_for_algorithm);
  return Verifier(std::move(issuer), std::move(keys));
}

std::expected<Claims, JwtError> Verifier::verify(std::string_view token, UnixSeconds now) const {
  constexpr int most_tries = 8;  // of keys without a name: each costs a signature's check
  TRY(Parsed parsed, parse(token));
  const auto& algorithms = issuer_.algorithms;
  if (std::ranges::find(algorithms, parsed.algorithm) == algorithms.end())
    return std::unexpected(JwtError::unsupported_algorithm);
  int tries = 0;
  bool good = false;
  for (const Key& key : keys_.keys()) {
    if (good || tries == most_tries) break;
    if (!may_be(key, parsed)) continue;
    ++tries;
    good = key.verifies(parsed.signed_part, parsed.signature);
  }
  if (tries == 0) return std::unexpected(JwtError::unknown_key);
  if (!good) return std::unexpected(JwtError::bad_signature);
  TRY(boost::json::object claims, parse_claims(parsed.payload));
  return check_claims(claims, issuer_, now);
}

std::optional<std::string> unverified_issuer(std::string_view token) {
  auto parsed = parse(token);
  if (!parsed) return std::nullopt;
  auto claims = parse_claims(parsed->payload);
  if (!claims) return std::nullopt;
  const boost::json::value* issuer = claims->if_contains("iss");
  if (issuer == nullptr || !issuer->is_string()) return std::nullopt;
  return std::string(std::string_view(issuer->get_string()));
}

}  // namespace signpost::jwt
