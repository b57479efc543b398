#include "http/range.hpp"

#include <gtest/gtest.h>

#include <string>

namespace signpost::http {
namespace {

std::string resolved(std::string_view value, std::uint64_t size) {
  auto request = RangeRequest::parse(value);
  if (!request) return "ignored";
  auto range = request->resolve(size);
  if (!range) return content_range_unsatisfied(size);
  return content_range(*range, size);
}

TEST(Range, TakesTheThreeForms) {
  EXPECT_EQ(resolved("bytes=0-9", 100), "bytes 0-9/100");
  EXPECT_EQ(resolved("bytes=90-", 100), "bytes 90-99/100");
  EXPECT_EQ(resolved("bytes=-10", 100), "bytes 90-99/100");
  EXPECT_EQ(resolved("Bytes= 5-5", 100), "bytes 5-5/100");
}

TEST(Range, ClipsTheEnd) {
  EXPECT_EQ(resolved("bytes=0-18446744073709551615", 100), "bytes 0-99/100");
  EXPECT_EQ(resolved("bytes=0-99999999999999999999999999", 100), "bytes 0-99/100");
  EXPECT_EQ(resolved("bytes=-1000", 100), "bytes 0-99/100");
}

TEST(Range, UnsatisfiableIsToldFromMalformed) {
  EXPECT_EQ(resolved("bytes=18446744073709551615-", 100), "bytes */100");
  EXPECT_EQ(resolved("bytes=99999999999999999999999999-", 100), "bytes */100");
  EXPECT_EQ(resolved("bytes=100-", 100), "bytes */100");
  EXPECT_EQ(resolved("bytes=-0", 100), "bytes */100");
  EXPECT_EQ(resolved("bytes=0-0", 0), "bytes */0");
}

TEST(Range, IgnoresWhatIsNotOneWellFormedByteRange) {
  for (const char* value :
       {"bytes=5-2", "items=0-1", "bytes=a-b", "bytes=0-1,2-3", "bytes=0-1,", "bytes=", "bytes=-",
        "bytes", "", "bytes=1", "bytes=--1", "bytes=+1-2", "bytes=0x1-2", "bytes=1 -2", "=0-1"})
    EXPECT_EQ(resolved(value, 100), "ignored") << value;
  std::string thousand = "bytes=0-1";
  for (int i = 0; i < 1000; ++i) thousand += ",0-1";
  EXPECT_EQ(resolved(thousand, 100), "ignored");
}

TEST(Range, LengthCountsBothEnds) {
  EXPECT_EQ((ByteRange{3, 3}).length(), 1u);
  EXPECT_EQ((ByteRange{0, 99}).length(), 100u);
}

}  // namespace
}  // namespace signpost::http
