#include "s3/ticket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace signpost::s3 {
namespace {

TEST(Ticket, IsTagsInARow) {
  EXPECT_THAT(tags_of("abcdefghABCD-_09"), testing::ElementsAre("abcdefgh", "ABCD-_09"));
  EXPECT_THAT(tags_of("abcdefgh"), testing::ElementsAre("abcdefgh"));
  EXPECT_EQ(tags_of(std::string(ticket_tags * ticket_tag_characters, 'a')).size(), ticket_tags);
}

TEST(Ticket, WhatIsNoneHasNoTags) {
  for (const char* text : {"", "abc", "abcdefg", "abcdefghi", "abcdefg=", "abcdefg+", "abcdefg%",
                           "abcdefghabcdefg ", "abcdef\xC3\xA9"})
    EXPECT_TRUE(tags_of(text).empty()) << text;
  EXPECT_TRUE(tags_of(std::string((ticket_tags + 1) * ticket_tag_characters, 'a')).empty());
}

}  // namespace
}  // namespace signpost::s3
