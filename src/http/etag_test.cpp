#include "http/etag.hpp"

#include <gtest/gtest.h>

namespace signpost::http {
namespace {

TEST(ETag, ParsesAndPrints) {
  auto strong = ETag::parse("\"abc\"");
  ASSERT_TRUE(strong);
  EXPECT_EQ(strong->opaque, "abc");
  EXPECT_FALSE(strong->weak);
  EXPECT_EQ(strong->to_string(), "\"abc\"");
  auto weak = ETag::parse("W/\"\"");
  ASSERT_TRUE(weak);
  EXPECT_TRUE(weak->weak);
  EXPECT_EQ(weak->to_string(), "W/\"\"");
}

TEST(ETag, RefusesWhatIsNoTag) {
  for (const char* text : {"", "abc", "\"abc", "abc\"", "w/\"abc\"", "W/abc", "\"a\"b\"", "\"a b\"",
                           "\"a\x7f\"", "\"a\tb\"", "\"abc\" "})
    EXPECT_FALSE(ETag::parse(text)) << text;
}

TEST(ETag, ComparesStronglyAndWeakly) {
  ETag strong{"x", false}, weak{"x", true}, other{"y", false};
  EXPECT_TRUE(strongly_equal(strong, strong));
  EXPECT_FALSE(strongly_equal(strong, weak));
  EXPECT_FALSE(strongly_equal(weak, weak));
  EXPECT_TRUE(weakly_equal(strong, weak));
  EXPECT_FALSE(weakly_equal(strong, other));
}

TEST(ETagList, TakesLists) {
  EXPECT_TRUE(ETagList::parse(" * ")->any);
  auto list = ETagList::parse("\"a,b\", W/\"c\" ,, d");
  ASSERT_TRUE(list);
  ASSERT_EQ(list->tags.size(), 3u);
  EXPECT_EQ(list->tags[0].opaque, "a,b");
  EXPECT_TRUE(list->tags[1].weak);
  EXPECT_EQ(list->tags[2].opaque, "d");
}

TEST(ETagList, RefusesMalformedAndTooLongLists) {
  for (const char* text : {"", " ", ",", "\"a\" \"b\"", "\"a", "*, \"a\" x", "a b"})
    EXPECT_FALSE(ETagList::parse(text)) << text;
  std::string many = "\"a\"";
  for (int i = 0; i < 100; ++i) many += ",\"a\"";
  EXPECT_FALSE(ETagList::parse(many));
}

}  // namespace
}  // namespace signpost::http
