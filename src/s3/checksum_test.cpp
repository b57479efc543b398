#include "s3/checksum.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "base/hex.hpp"

namespace signpost::s3 {
namespace {

std::string hex_of(ChecksumAlgorithm algorithm, std::string_view text) {
  return hex_encode(Checksum(algorithm).update(text).finish());
}

// The check values of the CRC catalogue and of FIPS 180-4.
TEST(Checksum, OfOneTwoThree) {
  constexpr std::string_view text = "123456789";
  EXPECT_EQ(hex_of(ChecksumAlgorithm::CRC32, text), "cbf43926");
  EXPECT_EQ(hex_of(ChecksumAlgorithm::CRC32C, text), "e3069283");
  EXPECT_EQ(hex_of(ChecksumAlgorithm::CRC64NVME, text), "ae8b14860a799888");
  EXPECT_EQ(hex_of(ChecksumAlgorithm::SHA1, "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex_of(ChecksumAlgorithm::SHA256, "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Checksum, OfAKibibyte) {
  EXPECT_EQ(
      base64_encode(Checksum(ChecksumAlgorithm::CRC64NVME).update(std::string(1024, 'A')).finish()),
      "Qeh8oXvGiSo=");
}

TEST(Checksum, DoesNotDependOnThePieces) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>(i * 31);
  for (ChecksumAlgorithm algorithm : checksum_algorithms) {
    std::string whole = Checksum(algorithm).update(text).finish();
    EXPECT_EQ(whole.size(), digest_bytes(algorithm));
    for (std::size_t piece : {1u, 3u, 7u, 8u, 9u, 64u, 999u}) {
      Checksum checksum(algorithm);
      for (std::size_t at = 0; at < text.size(); at += piece)
        checksum.update(std::string_view(text).substr(at, piece));
      EXPECT_EQ(checksum.finish(), whole) << name(algorithm) << " by " << piece;
    }
  }
}

TEST(Checksum, NamesAndFields) {
  for (ChecksumAlgorithm algorithm : checksum_algorithms) {
    EXPECT_EQ(parse_checksum_algorithm(name(algorithm)), algorithm);
    EXPECT_EQ(checksum_of_header(header_name(algorithm)), algorithm);
  }
  EXPECT_EQ(checksum_of_header("X-Amz-Checksum-CRC32C"), ChecksumAlgorithm::CRC32C);
  EXPECT_EQ(checksum_of_header("x-amz-checksum-mode"), std::nullopt);
  EXPECT_EQ(checksum_of_header("x-amz-checksum-"), std::nullopt);
}

TEST(Checksum, ValuesHaveTheAlgorithmsLength) {
  EXPECT_TRUE(ChecksumValue::parse(ChecksumAlgorithm::CRC32, "AAAAAA=="));
  EXPECT_FALSE(ChecksumValue::parse(ChecksumAlgorithm::CRC32, "AAAAAAA="));
  EXPECT_FALSE(ChecksumValue::parse(ChecksumAlgorithm::CRC32, "bad"));
  EXPECT_FALSE(ChecksumValue::parse(ChecksumAlgorithm::CRC32, ""));
  EXPECT_TRUE(ChecksumValue::parse(ChecksumAlgorithm::CRC64NVME, "Qeh8oXvGiSo="));
}

}  // namespace
}  // namespace signpost::s3
