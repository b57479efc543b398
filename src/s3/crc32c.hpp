#pragma once

#include <cstdint>
#include <string_view>

namespace signpost::s3 {

// CRC32C (RFC 3720 appendix B.4) by the processor's own instructions. Bytes that come in pieces:
// what one call returned is `before` of the next one.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace signpost::s3
