#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace signpost {

// Lower-case hexadecimal of the bytes.
std::string hex_encode(std::span<const std::uint8_t> bytes);
std::string hex_encode(std::string_view bytes);

// The digit of a value up to 15. Arithmetic and no table, so that the compiler makes many at once.
constexpr char lower_hex_digit(std::uint8_t value) {
  return static_cast<char>(value + (value < 10 ? '0' : 'a' - 10));
}

// hex_encode() of a digest, without the heap.
template <std::size_t N>
std::array<char, 2 * N> hex_digits(const std::array<std::uint8_t, N>& bytes) {
  std::array<char, 2 * N> out;
  for (std::size_t i = 0; i < N; ++i) {
    out[2 * i] = lower_hex_digit(bytes[i] >> 4);
    out[2 * i + 1] = lower_hex_digit(bytes[i] & 15);
  }
  return out;
}

// The bytes, or nothing where the text is of odd length or has a character that is no digit.
// Takes upper and lower case.
std::optional<std::string> hex_decode(std::string_view text);

// The value of one hexadecimal digit of either case, or -1.
int hex_digit(char c);

// Exactly `length` lower-case hexadecimal digits.
bool is_lower_hex(std::string_view text, std::size_t length);

}  // namespace signpost
