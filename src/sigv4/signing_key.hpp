#pragma once

#include <array>
#include <string_view>

#include "base/digest.hpp"
#include "base/secret.hpp"
#include "sigv4/credential_scope.hpp"

namespace signpost::sigv4 {

// HMAC-SHA256 of the string to sign, as 64 lower-case hexadecimal digits.
class Signature {
 public:
  // Of that authentication code.
  explicit Signature(const Sha256Digest& digest);
  // The 64 digits; they live as long as this object.
  std::string_view hex() const { return {hex_.data(), hex_.size()}; }
  // Whether the text is this signature, in a time that depends on its length alone. Upper-case
  // digits are no signature.
  bool matches(std::string_view text) const;

 private:
  std::array<char, 64> hex_;
};

// HMAC(HMAC(HMAC(HMAC("AWS4" + secret, day), region), service), "aws4_request") (Signature
// Version 4, "derive a signing key"), ready for use: the two padded blocks are hashed already. It
// is as secret as the secret key for that scope, and is wiped when it goes.
class SigningKey {
 public:
  // The derived key in the form that hashing takes: as secret as the key.
  using Words = HmacSha256Key::Words;

  // Derived by four HMACs; the secret is not kept.
  SigningKey(const Secret& secret_access_key, const CredentialScope& scope);
  // The key that has these words.
  explicit SigningKey(const Words& words) : key_(words) {}

  // The signature of that string to sign.
  Signature sign(std::string_view string_to_sign) const;
  // The same from pieces that were not joined: what a stream of chunks needs.
  const HmacSha256Key& hmac() const { return key_; }
  // As secret as the key; they live as long as this object.
  const Words& words() const { return key_.words(); }

 private:
  HmacSha256Key key_;
};

}  // namespace signpost::sigv4
