#pragma once

#include <cstdint>
#include <string_view>

namespace signpost::s3 {

// Reflected CRCs over bytes that come in pieces: each takes the state so far and gives the next. A
// state begins with all bits one, and its complement is the CRC. By carry-less multiplication where
// the processor has it, seven times as fast as by tables. (CRC32C: s3/crc32c.hpp.)
std::uint32_t update_crc32(std::uint32_t state, std::string_view bytes);      // 0x04C11DB7
std::uint64_t update_crc64nvme(std::uint64_t state, std::string_view bytes);  // 0xAD93D23594C93659

// The same by tables alone.
std::uint32_t update_crc32_by_tables(std::uint32_t state, std::string_view bytes);
std::uint64_t update_crc64nvme_by_tables(std::uint64_t state, std::string_view bytes);

}  // namespace signpost::s3
