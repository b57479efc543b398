#include "credentials/profile_file.hpp"

#include <gtest/gtest.h>

#include "credentials/words.hpp"

namespace signpost::credentials {
namespace {

TEST(ProfileFile, SectionsNamesAndNestedSettings) {
  const ProfileFile file = parse_profile_file(
      "\xEF\xBB\xBF# a comment\r\n"
      "[default]\r\n"
      "Region = eu-central-1\r\n"
      "; another\r\n"
      "[ profile  \"my work\" ]\n"
      "aws_access_key_id=AKID\n"
      "aws_secret_access_key = a=b#c\n"
      "s3 =\n"
      "  addressing_style = path\n"
      "\tendpoint_url = http://127.0.0.1:9000\n"
      "output = json\n"
      "  stray = 1\n"
      "[broken\n"
      "lost = 1\n");
  ASSERT_EQ(file.size(), 2u);
  EXPECT_EQ(file.at("default"), (Section{{"region", "eu-central-1"}}));
  EXPECT_EQ(file.at("profile my work"), (Section{{"aws_access_key_id", "AKID"},
                                                 {"aws_secret_access_key", "a=b#c"},
                                                 {"s3", ""},
                                                 {"s3.addressing_style", "path"},
                                                 {"s3.endpoint_url", "http://127.0.0.1:9000"},
                                                 {"output", "json"},
                                                 {"stray", "1"}}));
}

TEST(ProfileFile, NothingIsNothing) {
  EXPECT_TRUE(parse_profile_file("").empty());
  EXPECT_TRUE(parse_profile_file("region = x\n]\n[").empty());
}

TEST(Words, AreSplitAsAShellDoes) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(*split_words(R"(/bin/tool --name 'a b' "c \"d\"" e\ f "")"),
            (Words{"/bin/tool", "--name", "a b", "c \"d\"", "e f", ""}));
  EXPECT_EQ(*split_words("  "), Words{});
  EXPECT_FALSE(split_words("a 'b"));
}

}  // namespace
}  // namespace signpost::credentials
