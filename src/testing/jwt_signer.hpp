#pragma once

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/base64.hpp"
#include "base/digest.hpp"

namespace signpost::testing {

// header '.' payload '.' signature, whatever the three hold.
inline std::string compact(std::string_view header, std::string_view payload,
                           std::string_view signature) {
  return base64url_encode(header) + "." + base64url_encode(payload) + "." +
         base64url_encode(signature);
}

inline std::string hs256_token(std::string_view secret, std::string_view header,
                               std::string_view payload) {
  std::string input = base64url_encode(header) + "." + base64url_encode(payload);
  Sha256Digest mac = hmac_sha256(secret, input);
  return input + "." + base64url_encode(as_bytes_view(mac));
}

// A fresh key pair and what it signs: the issuer's side, for tests.
class JwtSigner {
 public:
  enum class Kind { rsa_1024, rsa_2048, p256, p384, ed25519 };

  explicit JwtSigner(Kind kind) : kind_(kind), key_(make(kind), &EVP_PKEY_free) {
    if (!key_) throw std::runtime_error("no key pair");
  }

  std::string token(std::string_view header, std::string_view payload) const {
    std::string input = base64url_encode(header) + "." + base64url_encode(payload);
    std::string signature = sign(input);
    if (kind_ == Kind::p256) signature = raw(signature);
    return input + "." + base64url_encode(signature);
  }

  // RSASSA-PKCS1-v1_5 with SHA-256, ECDSA with SHA-256 in DER, or Ed25519.
  std::string sign(std::string_view message) const {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                    &EVP_MD_CTX_free);
    const EVP_MD* digest = kind_ == Kind::ed25519 ? nullptr : EVP_sha256();
    const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
    std::string out(1024, '\0');
    std::size_t length = out.size();
    if (EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &length, bytes,
                       message.size()) != 1)
      throw std::runtime_error("cannot sign");
    out.resize(length);
    return out;
  }

  std::string pem() const {
    std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PUBKEY(bio.get(), key_.get());
    return text_of(bio.get());
  }
  std::string der() const {
    std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
    i2d_PUBKEY_bio(bio.get(), key_.get());
    return text_of(bio.get());
  }

  // The members of the public key as a JWK, without braces: "kty":"RSA","n":"...","e":"...".
  std::string jwk_members() const {
    switch (kind_) {
      case Kind::rsa_1024:
      case Kind::rsa_2048:
        return R"("kty":"RSA","n":")" + base64url_encode(number(OSSL_PKEY_PARAM_RSA_N)) +
               R"(","e":")" + base64url_encode(number(OSSL_PKEY_PARAM_RSA_E)) + '"';
      case Kind::p256:
      case Kind::p384:
        return R"("kty":"EC","crv":")" + std::string(kind_ == Kind::p256 ? "P-256" : "P-384") +
               R"(","x":")" + base64url_encode(number(OSSL_PKEY_PARAM_EC_PUB_X)) + R"(","y":")" +
               base64url_encode(number(OSSL_PKEY_PARAM_EC_PUB_Y)) + '"';
      case Kind::ed25519: {
        std::string x(32, '\0');
        std::size_t length = x.size();
        EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(x.data()),
                                    &length);
        return R"("kty":"OKP","crv":"Ed25519","x":")" + base64url_encode(x) + '"';
      }
    }
    throw std::logic_error("kind");
  }

 private:
  static EVP_PKEY* make(Kind kind) {
    switch (kind) {
      case Kind::rsa_1024:
        return EVP_RSA_gen(1024);
      case Kind::rsa_2048:
        return EVP_RSA_gen(2048);
      case Kind::p256:
        return EVP_EC_gen("P-256");
      case Kind::p384:
        return EVP_EC_gen("P-384");
      case Kind::ed25519:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    }
    throw std::logic_error("kind");
  }

  static std::string text_of(BIO* bio) {
    char* data = nullptr;
    long length = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(length)};
  }

  // Coordinates keep their leading zeros (RFC 7518 section 6.2.1.2).
  std::string number(const char* name) const {
    BIGNUM* value = nullptr;
    if (EVP_PKEY_get_bn_param(key_.get(), name, &value) != 1)
      throw std::runtime_error("no such part");
    int length = kind_ == Kind::p256 ? 32 : BN_num_bytes(value);
    std::string out(static_cast<std::size_t>(length), '\0');
    BN_bn2binpad(value, reinterpret_cast<unsigned char*>(out.data()), length);
    BN_free(value);
    return out;
  }

  // DER -> R and S of 32 bytes each (RFC 7518 section 3.4).
  static std::string raw(const std::string& der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* both = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    std::string out(64, '\0');
    auto* bytes = reinterpret_cast<unsigned char*>(out.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(both), bytes, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(both), bytes + 32, 32);
    ECDSA_SIG_free(both);
    return out;
  }

  Kind kind_;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

}  // namespace signpost::testing
