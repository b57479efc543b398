#pragma once

#include <cstddef>
#include <string>

namespace signpost {

// From the kernel's generator. The sans-IO cores take what they need as arguments; only what
// creates ids, keys and tokens calls these.
std::string random_bytes(std::size_t count);

// `bytes` random bytes as lower-case hexadecimal. 16 bytes is an id, 32 a secret.
std::string random_hex(std::size_t bytes);

// `bytes` random bytes as base64url without padding.
std::string random_token(std::size_t bytes);

}  // namespace signpost
