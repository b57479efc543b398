#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "s3/checksum.hpp"

namespace signpost::s3 {

// The CRC of two texts, one behind the other, from the CRC of each (big-endian bytes) and the
// length of the second: a FULL_OBJECT checksum without reading the parts again. Nothing for the
// hashes, which cannot be combined, and for a CRC of the wrong length.
std::optional<std::string> combine_crc(ChecksumAlgorithm algorithm, std::string_view first,
                                       std::string_view second, std::uint64_t second_bytes);

}  // namespace signpost::s3
