#pragma once

#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace signpost {

using Sha256Digest = std::array<std::uint8_t, 32>;  // FIPS 180-4
using Sha1Digest = std::array<std::uint8_t, 20>;    // FIPS 180-4
using Md5Digest = std::array<std::uint8_t, 16>;     // RFC 1321

// Whoever includes this need not hear that OpenSSL calls the low-level functions deprecated.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

// FIPS 180-4. The low-level functions, because the EVP layer costs more than the hash itself for
// the short texts of a signature (docs/adr/0003).
class Sha256 {
 public:
  Sha256() { SHA256_Init(&state_); }
  // Takes the next bytes; this object, so that calls can be chained.
  Sha256& update(std::string_view bytes) {
    SHA256_Update(&state_, bytes.data(), bytes.size());
    return *this;
  }
  // Ends the hash; the object may not be used again.
  Sha256Digest finish() {
    Sha256Digest out;
    SHA256_Final(out.data(), &state_);
    return out;
  }

 private:
  SHA256_CTX state_;
};

#pragma GCC diagnostic pop

// The hash of these bytes.
Sha256Digest sha256(std::string_view bytes);

// How much room behind a text the functions below need: they write SHA-256's padding there, so that
// the hash takes whole blocks where they stand, and nothing is copied.
inline constexpr std::size_t sha256_padding = SHA256_CBLOCK + 8;

// SHA-256 of `size` bytes, behind which sha256_padding bytes may be overwritten.
Sha256Digest sha256_in_place(char* text, std::size_t size);

// RFC 2104 with SHA-256, with the two padded key blocks hashed once, so that a repeated key costs
// two compressions less for every message.
class HmacSha256Key {
 public:
  // The two hashed blocks: as secret as the key, and all that there is of it.
  using Words = std::array<std::uint64_t, 8>;

  // A key of any length (RFC 2104 section 2).
  explicit HmacSha256Key(std::string_view key);
  // The key that has these words.
  explicit HmacSha256Key(const Words& words) : words_(words) {}
  ~HmacSha256Key();
  HmacSha256Key(const HmacSha256Key&) = default;             // as secret as the other
  HmacSha256Key& operator=(const HmacSha256Key&) = default;  // as secret as the other
  // The message's authentication code.
  Sha256Digest sign(std::string_view message) const;
  // The same for `size` bytes, behind which sha256_padding bytes may be overwritten.
  Sha256Digest sign_in_place(char* message, std::size_t size) const;
  // They live as long as this object.
  const Words& words() const { return words_; }

 private:
  Sha256Digest sign_inner(const Sha256Digest& inner) const;

  Words words_;  // first the inner block's, then the outer block's
};

// The same, for a key that is used once.
Sha256Digest hmac_sha256(std::string_view key, std::string_view message);

// MD5 (RFC 1321): S3's ETag and Content-MD5. Not for security.
class Md5 {
 public:
  Md5();
  ~Md5();
  Md5(Md5&&) noexcept;             // the other may then only be destroyed or assigned
  Md5& operator=(Md5&&) noexcept;  // the other may then only be destroyed or assigned
  // Takes the next bytes; this object.
  Md5& update(std::string_view bytes);
  // Ends the hash; the object may not be used again.
  Md5Digest finish();

 private:
  evp_md_ctx_st* context_;
};

// The bytes of a digest as text, for base64_encode, hex_encode and comparisons.
template <std::size_t N>
std::string_view as_bytes_view(const std::array<std::uint8_t, N>& digest) {
  return {reinterpret_cast<const char*>(digest.data()), N};
}

}  // namespace signpost
