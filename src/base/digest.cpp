#include "base/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

namespace signpost {

namespace {

template <class Unsigned>
void put_big_endian(void* out, Unsigned value) {
  if constexpr (std::endian::native == std::endian::little) value = std::byteswap(value);
  std::memcpy(out, &value, sizeof value);
}

// Pads the last `size` bytes of a text of `whole` bytes (FIPS 180-4 section 5.1.1) and hashes them.
// `state` stands at a block's end.
Sha256Digest finish_in_place(SHA256_CTX& state, char* text, std::size_t size, std::size_t whole) {
  const std::size_t padded = (size + 8) / SHA256_CBLOCK * SHA256_CBLOCK + SHA256_CBLOCK;
  std::memset(text + size, 0, sha256_padding);  // of a constant size: no call
  text[size] = static_cast<char>(0x80);
  put_big_endian(text + padded - 8, std::uint64_t{whole} * 8);
  SHA256_Update(&state, text, padded);
  Sha256Digest out;
  for (std::size_t i = 0; i < 8; ++i) put_big_endian(out.data() + 4 * i, std::uint32_t{state.h[i]});
  return out;
}

// `words`: four, of what SHA-256 held behind that block.
SHA256_CTX behind_one_block(const std::uint64_t* words) {
  SHA256_CTX state;
  SHA256_Init(&state);
  std::memcpy(state.h, words, sizeof state.h);
  state.Nl = 8 * SHA256_CBLOCK;
  return state;
}

}  // namespace

Sha256Digest sha256(std::string_view bytes) {
  return Sha256().update(bytes).finish();
}

Sha256Digest sha256_in_place(char* text, std::size_t size) {
  SHA256_CTX state;
  SHA256_Init(&state);
  return finish_in_place(state, text, size, size);
}

HmacSha256Key::HmacSha256Key(std::string_view key) {
  std::array<std::uint8_t, SHA256_CBLOCK> block{};
  if (key.size() > block.size()) {
    Sha256Digest hashed = sha256(key);
    std::copy(hashed.begin(), hashed.end(), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  const auto hash_block_to = [&block](std::uint64_t* words) {
    SHA256_CTX state;
    SHA256_Init(&state);
    SHA256_Update(&state, block.data(), block.size());
    std::memcpy(words, state.h, sizeof state.h);
    OPENSSL_cleanse(&state, sizeof state);
  };
  for (auto& b : block) b ^= 0x36;
  hash_block_to(words_.data());
  for (auto& b : block) b ^= 0x36 ^ 0x5c;
  hash_block_to(words_.data() + 4);
  OPENSSL_cleanse(block.data(), block.size());
}

HmacSha256Key::~HmacSha256Key() {
  OPENSSL_cleanse(words_.data(), sizeof words_);
}

Sha256Digest HmacSha256Key::sign(std::string_view message) const {
  SHA256_CTX state = behind_one_block(words_.data());
  Sha256Digest inner;
  SHA256_Update(&state, message.data(), message.size());
  SHA256_Final(inner.data(), &state);
  return sign_inner(inner);
}

Sha256Digest HmacSha256Key::sign_in_place(char* message, std::size_t size) const {
  SHA256_CTX state = behind_one_block(words_.data());
  return sign_inner(finish_in_place(state, message, size, SHA256_CBLOCK + size));
}

Sha256Digest HmacSha256Key::sign_inner(const Sha256Digest& inner) const {
  SHA256_CTX state = behind_one_block(words_.data() + 4);
  std::array<char, SHA256_DIGEST_LENGTH + sha256_padding> block;
  std::ranges::copy(inner, block.begin());
  return finish_in_place(state, block.data(), inner.size(), SHA256_CBLOCK + inner.size());
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
