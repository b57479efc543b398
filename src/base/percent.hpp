#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signpost {

// RFC 3986 section 2.1. `slash` says whether '/' stays (a path) or becomes %2F (a query's name or
// value). Everything but A-Z a-z 0-9 - . _ ~ is encoded, in upper-case hexadecimal: the rule of
// Signature Version 4.
enum class Slash { keep, encode };
std::string percent_encode(std::string_view bytes, Slash slash);
void percent_encode_to(std::string& out, std::string_view bytes, Slash slash);

// The bytes. '+' stays '+'. Nothing where a '%' is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);
// The same into memory that has room for text.size() bytes; how many they are.
std::optional<std::size_t> percent_decode_to(char* out, std::string_view text);

// Bytes below 0x80 alone.
bool is_ascii(std::string_view bytes);
// Well-formed UTF-8 (RFC 3629): no surrogates, no overlong forms, nothing above U+10FFFF.
bool is_utf8(std::string_view bytes);

}  // namespace signpost
