#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "jwt/key_set.hpp"
#include "jwt/parse.hpp"

namespace signpost::jwt {

// One trusted issuer, as configured.
struct Issuer {
  std::string name;      // principals become user:NAME:SUBJECT
  std::string issuer;    // "iss", equal byte for byte
  std::string audience;  // one of "aud"; never empty
  std::vector<Algorithm> algorithms;
  std::string subject_claim = "sub";
  std::string groups_claim = "groups";
  std::chrono::seconds leeway{30};  // for "nbf" and "iat", not for "exp"; 0 to 300
};

// What a checked token says.
struct Claims {
  std::string issuer_name;  // Issuer::name
  std::string subject;
  std::vector<std::string> groups;  // empty where the claim is missing
  UnixSeconds expires_at{};         // "exp"
};

enum class IssuerError {
  no_name,
  no_issuer,
  no_audience,
  no_algorithm,
  bad_leeway,
  no_key_for_algorithm,  // none of the algorithms has a key, so no token could ever hold
};
std::string_view explain(IssuerError error);

// Checks the tokens of one issuer. Immutable and so safe to share between threads; when a key set
// is fetched anew, make another Verifier.
class Verifier {
 public:
  static std::expected<Verifier, IssuerError> make(Issuer issuer, KeySet keys);

  // RFC 7519 section 7.2. The signature comes before any claim is read.
  std::expected<Claims, JwtError> verify(std::string_view token, UnixSeconds now) const;
  const Issuer& issuer() const { return issuer_; }

 private:
  Verifier(Issuer issuer, KeySet keys) : issuer_(std::move(issuer)), keys_(std::move(keys)) {}
  Issuer issuer_;
  KeySet keys_;
};

// The "iss" of a token whose signature nobody checked: only to choose the Verifier to ask.
// Nothing where the token is not well formed.
std::optional<std::string> unverified_issuer(std::string_view token);

}  // namespace signpost::jwt
