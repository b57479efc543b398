#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "jwt/algorithm.hpp"

struct evp_pkey_st;

namespace signpost::jwt {

enum class KeyError {
  malformed,      // not a JWK set (RFC 7517 section 5), or a PEM text that is no public key
  weak_secret,    // HS256 with less than 32 bytes (RFC 7518 section 3.2)
  weak_key,       // RSA below 2048 bits or with an exponent below 3
  no_usable_key,  // every key of the set is of a kind, curve or use that is not taken
};
std::string_view explain(KeyError error);

// A key together with the one algorithm it is for. Whatever a token says of its algorithm, a key
// checks by its own.
class Key {
 public:
  static std::expected<Key, KeyError> hs256(Secret secret, std::string id = {});
  // A SubjectPublicKeyInfo in PEM ("BEGIN PUBLIC KEY"): RSA -> RS256, P-256 -> ES256, Ed25519 ->
  // EdDSA.
  static std::expected<Key, KeyError> from_pem(std::string_view pem, std::string id = {});
  // RFC 7518 section 6.3: big-endian bytes.
  static std::expected<Key, KeyError> rs256(std::string_view modulus, std::string_view exponent,
                                            std::string id = {});
  // RFC 7518 section 6.2: two coordinates of 32 bytes. Refused where they are not on the curve.
  static std::expected<Key, KeyError> es256(std::string_view x, std::string_view y,
                                            std::string id = {});
  // RFC 8037: 32 bytes.
  static std::expected<Key, KeyError> ed25519(std::string_view x, std::string id = {});

  Algorithm algorithm() const { return algorithm_; }
  const std::string& id() const { return id_; }  // "kid"; empty where it has none
  // Whether `signature`, as the token carries it (RFC 7518 section 3), is of `message`.
  bool verifies(std::string_view message, std::string_view signature) const;

 private:
  Key(Algorithm algorithm, std::string id, Secret secret, std::shared_ptr<evp_pkey_st> key)
      : algorithm_(algorithm),
        id_(std::move(id)),
        secret_(std::move(secret)),
        key_(std::move(key)) {}

  Algorithm algorithm_;
  std::string id_;
  Secret secret_;                     // HS256
  std::shared_ptr<evp_pkey_st> key_;  // the others; immutable once made
};

// Whether a set's "oct" keys are taken: from a file of the operator's, never from a URL, which
// would give the secret away.
enum class SymmetricKeys { leave_out, take };

// The keys of one issuer. Immutable: a fetched set replaces the old one as a whole.
class KeySet {
 public:
  KeySet() = default;
  explicit KeySet(std::vector<Key> keys) : keys_(std::move(keys)) {}
  // A JWK set (RFC 7517 section 5) of at most limits::jwks_bytes and 100 keys. Left out are keys of
  // another kind, curve, "alg" or "use" than ours, keys with private members, weak and broken ones;
  // a key without "alg" is for the one algorithm of its kind. no_usable_key where none is left.
  static std::expected<KeySet, KeyError> parse_jwks(
      std::string_view json, SymmetricKeys symmetric = SymmetricKeys::leave_out);

  std::span<const Key> keys() const { return keys_; }

 private:
  std::vector<Key> keys_;
};

}  // namespace signpost::jwt
