#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/digest.hpp"
#include "jwt/key_set.hpp"

namespace signpost::jwt {
namespace {

constexpr std::size_t secret_bytes = 32;
constexpr int rsa_bits = 2048;
constexpr int rsa_bits_most = 8192;
constexpr std::size_t coordinate_bytes = 32;

template <auto free>
struct Freer {
  template <class T>
  void operator()(T* p) const {
    free(p);
  }
};
using Bignum = std::unique_ptr<BIGNUM, Freer<BN_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freer<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freer<OSSL_PARAM_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>>;
using PublicKey = std::shared_ptr<EVP_PKEY>;

PublicKey owned(EVP_PKEY* key) {
  return {key, [](EVP_PKEY* k) { EVP_PKEY_free(k); }};
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Bignum number(std::string_view big_endian) {
  return Bignum(BN_bin2bn(bytes_of(big_endian), static_cast<int>(big_endian.size()), nullptr));
}

PublicKey from_params(const char* kind, OSSL_PARAM_BLD* builder) {
  Params params(OSSL_PARAM_BLD_to_param(builder));
  Context context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  bool made = params && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
              EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
  // What went wrong is in the caller's data: leave no trace in this thread's error queue.
  ERR_clear_error();
  return made ? owned(key) : nullptr;
}

bool is_valid(EVP_PKEY* key) {
  Context context(EVP_PKEY_CTX_new(key, nullptr));
  bool valid = context && EVP_PKEY_public_check(context.get()) == 1;
  ERR_clear_error();
  return valid;
}

bool is_strong_rsa(EVP_PKEY* key) {
  int bits = EVP_PKEY_get_bits(key);
  if (bits < rsa_bits || bits > rsa_bits_most) return false;
  BIGNUM* exponent = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1) return false;
  Bignum e(exponent);
  return BN_is_odd(e.get()) && BN_get_word(e.get()) >= 3 && BN_num_bits(e.get()) <= 64;
}

// The encodings of the points of order 1, 2, 4 and 8 on edwards25519, the sign bit cleared, and of
// y = p and p + 1, which are two of them again. With such a key anyone can sign (RFC 8032
// section 8 and RFC 7748 section 7).
bool has_small_order(std::string_view key) {
  using Encoding = std::array<std::uint8_t, coordinate_bytes>;
  auto near_p = [](std::uint8_t lowest) {
    Encoding e;
    e.fill(0xff);
    e.front() = lowest;
    e.back() = 0x7f;
    return e;
  };
  const std::array<Encoding, 7> small = {
      Encoding{0},
      Encoding{1},
      Encoding{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
               0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
               0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
      Encoding{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
               0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
               0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
      near_p(0xec),
      near_p(0xed),
      near_p(0xee),
  };
  std::string plain(key);
  plain.back() = static_cast<char>(plain.back() & 0x7f);
  return std::ranges::any_of(small, [&](const Encoding& e) { return as_bytes_view(e) == plain; });
}

// RFC 7518 section 3.4: R and S of 32 bytes each -> the DER that OpenSSL takes. OpenSSL refuses
// values outside 1 .. n-1.
std::string es256_to_der(std::string_view signature) {
  if (signature.size() != 2 * coordinate_bytes) return {};
  EcdsaSignature both(ECDSA_SIG_new());
  Bignum r = number(signature.substr(0, coordinate_bytes));
  Bignum s = number(signature.substr(coordinate_bytes));
  if (!both || !r || !s || ECDSA_SIG_set0(both.get(), r.release(), s.release()) != 1) return {};
  unsigned char* out = nullptr;
  int length = i2d_ECDSA_SIG(both.get(), &out);
  if (length <= 0) return {};
  std::string der(reinterpret_cast<char*>(out), static_cast<std::size_t>(length));
  OPENSSL_free(out);
  return der;
}

bool verifies_with(EVP_PKEY* key, const EVP_MD* digest, std::string_view message,
                   std::string_view signature) {
  DigestContext context(EVP_MD_CTX_new());
  bool good = context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
              EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                               bytes_of(message), message.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace

std::string_view explain(KeyError error) {
  switch (error) {
    case KeyError::malformed:
      return "not a public key, or not a JWK set";
    case KeyError::weak_secret:
      return "a secret for HS256 must have 32 bytes at least";
    case KeyError::weak_key:
      return "the key is too weak: RSA needs 2048 bits, and Ed25519 no point of small order";
    case KeyError::no_usable_key:
      return "no key in the set is for RS256, ES256 or EdDSA signatures";
  }
  std::unreachable();
}

std::expected<Key, KeyError> Key::hs256(Secret secret, std::string id) {
  if (secret.reveal().size() < secret_bytes) return std::unexpected(KeyError::weak_secret);
  return Key(Algorithm::HS256, std::move(id), std::move(secret), nullptr);
}

std::expected<Key, KeyError> Key::rs256(std::string_view modulus, std::string_view exponent,
                                        std::string id) {
  constexpr std::size_t longest = rsa_bits_most / 8 + 1;
  if (modulus.empty() || exponent.empty() || modulus.size() > longest || exponent.size() > longest)
    return std::unexpected(KeyError::malformed);
  ParamBuilder builder(OSSL_PARAM_BLD_new());
  Bignum n = number(modulus);
  Bignum e = number(exponent);
  if (!builder || !n || !e ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return std::unexpected(KeyError::malformed);
  PublicKey key = from_params("RSA", builder.get());
  if (!key) return std::unexpected(KeyError::malformed);
  if (!is_strong_rsa(key.get())) return std::unexpected(KeyError::weak_key);
  return Key(Algorithm::RS256, std::move(id), Secret(), std::move(key));
}

std::expected<Key, KeyError> Key::es256(std::string_view x, std::string_view y, std::string id) {
  if (x.size() != coordinate_bytes || y.size() != coordinate_bytes)
    return std::unexpected(KeyError::malformed);
  std::string point = "\x04";  // uncompressed (SEC 1 section 2.3.3)
  point.append(x).append(y);
  ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1)
    return std::unexpected(KeyError::malformed);
  PublicKey key = from_params("EC", builder.get());
  if (!key || !is_valid(key.get())) return std::unexpected(KeyError::malformed);
  return Key(Algorithm::ES256, std::move(id), Secret(), std::move(key));
}

std::expected<Key, KeyError> Key::ed25519(std::string_view x, std::string id) {
  if (x.size() != coordinate_bytes) return std::unexpected(KeyError::malformed);
  if (has_small_order(x)) return std::unexpected(KeyError::weak_key);
  PublicKey key =
      owned(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size()));
  if (!key) return std::unexpected(KeyError::malformed);
  return Key(Algorithm::EdDSA, std::move(id), Secret(), std::move(key));
}

std::expected<Key, KeyError> Key::from_pem(std::string_view pem, std::string id) {
  Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  PublicKey key = owned(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  ERR_clear_error();
  if (!key) return std::unexpected(KeyError::malformed);
  if (EVP_PKEY_is_a(key.get(), "RSA")) {
    if (!is_strong_rsa(key.get())) return std::unexpected(KeyError::weak_key);
    return Key(Algorithm::RS256, std::move(id), Secret(), std::move(key));
  }
  if (EVP_PKEY_is_a(key.get(), "ED25519")) {
    std::string raw(coordinate_bytes, '\0');
    std::size_t length = raw.size();
    auto* out = reinterpret_cast<unsigned char*>(raw.data());
    if (EVP_PKEY_get_raw_public_key(key.get(), out, &length) != 1)
      return std::unexpected(KeyError::malformed);
    return ed25519(raw, std::move(id));
  }
  std::array<char, 32> group{};
  std::size_t length = 0;
  if (EVP_PKEY_is_a(key.get(), "EC") &&
      EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), &length) == 1 &&
      std::string_view(group.data(), length) == "prime256v1" && is_valid(key.get()))
    return Key(Algorithm::ES256, std::move(id), Secret(), std::move(key));
  return std::unexpected(KeyError::malformed);
}

bool Key::verifies(std::string_view message, std::string_view signature) const {
  if (signature.empty()) return false;
  switch (algorithm_) {
    case Algorithm::HS256: {
      Sha256Digest expected = hmac_sha256(secret_.reveal(), message);
      return equal_in_constant_time(as_bytes_view(expected), signature);
    }
    case Algorithm::RS256:
      return verifies_with(key_.get(), EVP_sha256(), message, signature);
    case Algorithm::ES256: {
      std::string der = es256_to_der(signature);
      return !der.empty() && verifies_with(key_.get(), EVP_sha256(), message, der);
    }
    case Algorithm::EdDSA:
      return verifies_with(key_.get(), nullptr, message, signature);
  }
  std::unreachable();
}

}  // namespace signpost::jwt
