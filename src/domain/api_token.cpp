#include "domain/api_token.hpp"

#include <algorithm>
#include <array>

namespace signpost::domain {
namespace {

constexpr std::string_view digits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t random_digits = 43;  // 62^43 > 2^256
constexpr std::size_t sum_digits = 6;      // 62^6 > 2^32

// CRC-32 of IEEE 802.3 (zlib's), bit by bit: it runs over 43 characters.
std::uint32_t crc32(std::string_view text) {
  std::uint32_t sum = 0xFFFFFFFFu;
  for (char c : text) {
    sum ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1) != 0 ? 0xEDB88320u : 0u);
  }
  return ~sum;
}

// The bytes as one big-endian number, in `count` digits, the highest first.
std::string to_base62(std::string bytes, std::size_t count) {
  std::string out(count, '0');
  for (std::size_t place = count; place-- > 0;) {
    unsigned rest = 0;
    for (char& byte : bytes) {
      unsigned value = rest * 256 + static_cast<unsigned char>(byte);
      byte = static_cast<char>(value / 62);
      rest = value % 62;
    }
    out[place] = digits[rest];
  }
  return out;
}

std::string sum_of(std::string_view text) {
  std::uint32_t sum = crc32(text);
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(sum >> shift));
  return to_base62(std::move(bytes), sum_digits);
}

}  // namespace

Secret make_api_token(std::string_view random) {
  std::string text = to_base62(std::string(random), random_digits);
  return Secret(std::string(api_token_prefix) + text + sum_of(text));
}

bool is_api_token(std::string_view text) {
  if (!text.starts_with(api_token_prefix)) return false;
  text.remove_prefix(api_token_prefix.size());
  if (text.size() != random_digits + sum_digits) return false;
  if (text.find_first_not_of(digits) != std::string_view::npos) return false;
  return sum_of(text.substr(0, random_digits)) == text.substr(random_digits);
}

Sha256Digest api_token_hash(std::string_view text) {
  return sha256(text);
}

}  // namespace signpost::domain
