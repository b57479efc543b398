#include "s3/crc_fold.hpp"

#include <gtest/gtest.h>

#include <string>

namespace signpost::s3 {
namespace {

std::string bytes(std::size_t count) {
  std::string out;
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < count; ++i) {
    state = state * 1103515245 + 12345;
    out += static_cast<char>(state >> 16);
  }
  return out;
}

// Every length around the borders of blocks and strides, from every place in them.
TEST(CrcFold, IsWhatTheTablesSay) {
  const std::string all = bytes(700);
  for (std::size_t from : {0u, 1u, 7u, 15u}) {
    for (std::size_t count = 0; count < 600; ++count) {
      const std::string_view part = std::string_view(all).substr(from, count);
      const std::uint32_t state = ~std::uint32_t{0} - static_cast<std::uint32_t>(from * 7919);
      EXPECT_EQ(update_crc32(state, part), update_crc32_by_tables(state, part)) << count;
      const std::uint64_t wide = ~std::uint64_t{0} - from * 104729;
      EXPECT_EQ(update_crc64nvme(wide, part), update_crc64nvme_by_tables(wide, part)) << count;
    }
  }
}

TEST(CrcFold, KnownValues) {
  EXPECT_EQ(~update_crc64nvme(~std::uint64_t{0}, "123456789"), 0xAE8B14860A799888u);
  EXPECT_EQ(~update_crc32(~std::uint32_t{0}, "123456789"), 0xCBF43926u);
}

}  // namespace
}  // namespace signpost::s3
