#include "s3/fetched.hpp"

#include <gtest/gtest.h>

namespace signpost::s3 {
namespace {

UnixSeconds at(std::int64_t seconds) {
  return UnixSeconds(std::chrono::seconds(seconds));
}

TEST(Fetched, IsReadAsItWasWritten) {
  const FetchReport report{{{"abcdefgh", "a b/%\n.png", 3, 1'000'000'000'000, at(5), at(9)},
                            {"abcdefghABCDEFGH", "k", 1, 0, at(7), at(7)}},
                           "12-7"};
  const std::string text = write_fetch_report(report);
  EXPECT_EQ(text,
            "12-7\n"
            "abcdefgh 3 1000000000000 5 9 a%20b/%25%0A.png\n"
            "abcdefghABCDEFGH 1 0 7 7 k\n");
  const auto read = parse_fetch_report(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->fetched, report.fetched);
  EXPECT_EQ(read->next, "12-7");
  EXPECT_TRUE(parse_fetch_report("\n")->fetched.empty());
}

TEST(Fetched, WhatIsNoReportIsNone) {
  for (const char* text :
       {"", "12", "a b\n", "1\nabcdefgh 1 2 3 4 k", "1\nabcdefgh 1 2 3 k\n",
        "1\nabcdefgh 1 2 3 4 \n", "1\nabcdefg 1 2 3 4 k\n", "1\nabcdefgh -1 2 3 4 k\n",
        "1\nabcdefgh x 2 3 4 k\n", "1\nabcdefgh 9223372036854775808 2 3 4 k\n",
        "1\nabcdefgh 1 2 3 4 %zz\n", "1\n\n"})
    EXPECT_FALSE(parse_fetch_report(text)) << text;
  EXPECT_FALSE(is_place(std::string(65, '1')));
}

}  // namespace
}  // namespace signpost::s3
