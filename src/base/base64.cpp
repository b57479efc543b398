#include "base/base64.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace signpost {
namespace {

constexpr std::string_view standard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_safe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> inverse(std::string_view alphabet) {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::int8_t>(i);
  return table;
}

// Without padding; the end of what it wrote.
char* encode_to(char* at, std::string_view bytes, std::string_view alphabet) {
  const auto put = [&](std::uint32_t bits, std::size_t digits) {
    for (std::size_t k = 0; k < digits; ++k) *at++ = alphabet.data()[bits >> (18 - 6 * k) & 63];
  };
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return static_cast<std::uint8_t>(bytes.data()[i]);
  };
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) put(byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2), 4);
  if (bytes.size() - i == 2) put(byte(i) << 16 | byte(i + 1) << 8, 3);
  if (bytes.size() - i == 1) put(byte(i) << 16, 2);
  return at;
}

std::string encode(std::string_view bytes, std::string_view alphabet, bool pad) {
  std::string out((bytes.size() + 2) / 3 * 4, '=');
  const char* const end = encode_to(out.data(), bytes, alphabet);
  if (!pad) out.resize(static_cast<std::size_t>(end - out.data()));
  return out;
}

std::optional<std::string> decode(std::string_view text,
                                  const std::array<std::int8_t, 256>& table) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    int value = table[static_cast<std::uint8_t>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<char>(bits >> count & 255));
    }
  }
  if ((bits & ((1u << count) - 1)) != 0) return std::nullopt;
  return out;
}

constexpr auto standard_inverse = inverse(standard);
constexpr auto url_inverse = inverse(url_safe);

}  // namespace

std::string base64_encode(std::string_view bytes) {
  return encode(bytes, standard, true);
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode(text, standard_inverse);
}

std::string base64url_encode(std::string_view bytes) {
  return encode(bytes, url_safe, false);
}

char* base64url_encode_to(char* out, std::string_view bytes) {
  return encode_to(out, bytes, url_safe);
}

std::optional<std::string> base64url_decode(std::string_view text) {
  return decode(text, url_inverse);
}

}  // namespace signpost
