#pragma once

#include <cstring>
#include <memory_resource>
#include <optional>
#include <string_view>

#include "base/percent.hpp"

// Percent-encoding without the heap: what the canonical request is made of. Internal to sigv4.
namespace signpost::sigv4 {

// Writes percent_encode(bytes, slash) at `out`, where three characters a byte may be overwritten;
// the end of what was written.
char* encode_to(char* out, std::string_view bytes, Slash slash);

inline char* copy_to(char* out, std::string_view bytes) {
  return bytes.copy(out, bytes.size()) + out;
}

// The text as every signer writes it: each byte decoded once, and encoded once. `raw` itself where
// it is in that form already, else a copy in `memory`. Nothing where a '%' is not followed by two
// hexadecimal digits.
std::optional<std::string_view> canonical_text(std::string_view raw, Slash slash,
                                               std::pmr::memory_resource& memory);

// Whether the '%' that `text` begins with begins the one way to write a byte that must be encoded:
// two hexadecimal digits in upper case.
bool is_canonical_escape(std::string_view text, Slash slash);

// percent_decode() into `memory`; `text` itself where nothing is encoded. The text must have come
// through canonical_text().
std::string_view decoded_text(std::string_view text, std::pmr::memory_resource& memory);

}  // namespace signpost::sigv4
