#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace signpost {

// Lower-case hexadecimal of the bytes.
std::string hex_encode(std::span<const std::uint8_t> bytes);
std::string hex_encode(std::string_view bytes);

// Writes 2 * bytes.size() lower-case digits at out, without a terminator.
void hex_encode_to(std::span<const std::uint8_t> bytes, char* out);

// The bytes, or nothing where the text is of odd length or has a character that is no digit.
// Takes upper and lower case.
std::optional<std::string> hex_decode(std::string_view text);

// The value of one hexadecimal digit of either case, or -1.
int hex_digit(char c);

// Exactly `length` lower-case hexadecimal digits.
bool is_lower_hex(std::string_view text, std::size_t length);

}  // namespace signpost
