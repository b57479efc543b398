#include "sigv4/signing_key.hpp"

#include <openssl/crypto.h>

#include <string>

#include "base/hex.hpp"

namespace signpost::sigv4 {
namespace {

HmacSha256Key derive(const Secret& secret, const CredentialScope& scope) {
  const auto next = [](const HmacSha256Key& key, std::string_view message) {
    Sha256Digest digest = key.sign(message);
    HmacSha256Key out(as_bytes_view(digest));
    OPENSSL_cleanse(digest.data(), digest.size());
    return out;
  };
  std::string prefixed = "AWS4";
  prefixed.append(secret.reveal());
  const Secret root(std::move(prefixed));
  const HmacSha256Key date_key = next(HmacSha256Key(root.reveal()), scope.day);
  const HmacSha256Key region_key = next(date_key, scope.region);
  return next(next(region_key, scope.service), scope_terminator);
}

}  // namespace

Signature::Signature(const Sha256Digest& digest) : hex_(hex_digits(digest)) {}

bool Signature::matches(std::string_view text) const {
  return equal_in_constant_time(hex(), text);
}

SigningKey::SigningKey(const Secret& secret_access_key, const CredentialScope& scope)
    : key_(derive(secret_access_key, scope)) {}

Signature SigningKey::sign(std::string_view string_to_sign) const {
  return Signature(key_.sign(string_to_sign));
}

}  // namespace signpost::sigv4
