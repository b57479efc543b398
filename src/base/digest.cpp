#include "base/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <new>
#include <utility>

namespace signpost {

Sha256Digest sha256(std::string_view bytes) {
  return Sha256().update(bytes).finish();
}

HmacSha256Key::HmacSha256Key(std::string_view key) {
  std::array<std::uint8_t, SHA256_CBLOCK> block{};
  if (key.size() > block.size()) {
    Sha256Digest hashed = sha256(key);
    std::copy(hashed.begin(), hashed.end(), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  for (auto& b : block) b ^= 0x36;
  SHA256_Init(&inner_);
  SHA256_Update(&inner_, block.data(), block.size());
  for (auto& b : block) b ^= 0x36 ^ 0x5c;
  SHA256_Init(&outer_);
  SHA256_Update(&outer_, block.data(), block.size());
  OPENSSL_cleanse(block.data(), block.size());
}

HmacSha256Key::~HmacSha256Key() {
  OPENSSL_cleanse(&inner_, sizeof inner_);
  OPENSSL_cleanse(&outer_, sizeof outer_);
}

Sha256Digest HmacSha256Key::sign(std::string_view message) const {
  SHA256_CTX state = inner_;
  Sha256Digest digest;
  SHA256_Update(&state, message.data(), message.size());
  SHA256_Final(digest.data(), &state);
  state = outer_;
  SHA256_Update(&state, digest.data(), digest.size());
  SHA256_Final(digest.data(), &state);
  return digest;
}

Sha256Digest hmac_sha256(std::string_view key, std::string_view message) {
  return HmacSha256Key(key).sign(message);
}

Md5::Md5() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr || EVP_DigestInit_ex(context_, EVP_md5(), nullptr) != 1)
    throw std::bad_alloc();
}

Md5::~Md5() {
  EVP_MD_CTX_free(context_);
}

Md5::Md5(Md5&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}

Md5& Md5::operator=(Md5&& other) noexcept {
  std::swap(context_, other.context_);
  return *this;
}

Md5& Md5::update(std::string_view bytes) {
  EVP_DigestUpdate(context_, bytes.data(), bytes.size());
  return *this;
}

Md5Digest Md5::finish() {
  Md5Digest out;
  EVP_DigestFinal_ex(context_, out.data(), nullptr);
  return out;
}

}  // namespace signpost
