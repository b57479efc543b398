#include "s3/crc_combine.hpp"

#include <gtest/gtest.h>

namespace signpost::s3 {
namespace {

TEST(CrcCombine, GivesTheChecksumOfTheWholeText) {
  for (auto algorithm :
       {ChecksumAlgorithm::CRC32, ChecksumAlgorithm::CRC32C, ChecksumAlgorithm::CRC64NVME}) {
    std::string text(70'001, 'x');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 31 + i / 7);
    std::string whole = Checksum(algorithm).update(text).finish();
    for (std::size_t cut : {std::size_t{0}, std::size_t{1}, std::size_t{4096}, text.size()}) {
      std::string_view all = text;
      std::string a = Checksum(algorithm).update(all.substr(0, cut)).finish();
      std::string b = Checksum(algorithm).update(all.substr(cut)).finish();
      EXPECT_EQ(combine_crc(algorithm, a, b, text.size() - cut), whole) << name(algorithm) << cut;
      if (cut == 4096) {
        EXPECT_NE(combine_crc(algorithm, a, b, 17), whole);
      }
    }
  }
}

TEST(CrcCombine, RefusesWhatCannotBeCombined) {
  EXPECT_FALSE(combine_crc(ChecksumAlgorithm::SHA1, "a", "b", 1));
  EXPECT_FALSE(combine_crc(ChecksumAlgorithm::CRC32, "abc", "abcd", 1));
}

}  // namespace
}  // namespace signpost::s3
