#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signpost::sigv4 {

// A JSON string (RFC 8259 section 7) with its quotes, all of it ASCII: what is not becomes \uXXXX,
// beyond the Basic Multilingual Plane as a surrogate pair. Nothing where the text is not UTF-8.
// Internal to sigv4, which has no JSON library.
std::optional<std::string> json_string(std::string_view utf8);

}  // namespace signpost::sigv4
