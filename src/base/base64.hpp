#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signpost {

// RFC 4648 section 4, with padding.
std::string base64_encode(std::string_view bytes);
// Strict: length a multiple of four, padding only at the end, no white space, and no bits set
// beyond the last byte. Nothing otherwise.
std::optional<std::string> base64_decode(std::string_view text);

// RFC 4648 section 5, without padding, as RFC 7515 wants it.
std::string base64url_encode(std::string_view bytes);
// The same at `out`, which has room for four characters of every three bytes; their end.
char* base64url_encode_to(char* out, std::string_view bytes);
// Strict in the same way; padding is refused.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace signpost
