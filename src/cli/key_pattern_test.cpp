#include "cli/key_pattern.hpp"

#include <gtest/gtest.h>

namespace signpost::cli {
namespace {

using Extent = KeyPattern::Extent;

std::string owner(std::string_view pattern, std::string_view key,
                  Extent extent = Extent::beginning) {
  auto parsed = KeyPattern::parse(pattern, "owner");
  if (!parsed) return "error";
  auto values = parsed->match(key, extent);
  return values ? values->at("owner") : "none";
}

TEST(KeyPattern, MatchesTheBeginningOfAKey) {
  EXPECT_EQ(owner("users/{owner}/", "users/ann/a/b.jpg"), "ann");
  EXPECT_EQ(owner("{owner}/", "ann/a"), "ann");
  EXPECT_EQ(owner("{owner}", "ann/a"), "ann");
  EXPECT_EQ(owner("{owner}", "ann"), "ann");
  EXPECT_EQ(owner("a/{x}/{owner}-", "a/1/b-c-d"), "b");
  EXPECT_EQ(owner("{x}.{owner}/", "a.b.c/"), "b.c");
  for (const char* key : {"", "users", "users/", "users//a", "users/ann", "user/ann/a",
                          "Users/ann/a", "xusers/ann/a"})
    EXPECT_EQ(owner("users/{owner}/", key), "none") << key;
  EXPECT_EQ(owner("users/{owner}x", "users/a/bx"), "none") << "a name holds no slash";
}

TEST(KeyPattern, OrAKeyAsAWhole) {
  EXPECT_EQ(owner("u/{x}/{owner}.jpg", "u/1/a.b.jpg", Extent::whole), "a.b");
  EXPECT_EQ(owner("u/{x}/{owner}", "u/1/a.b.jpg", Extent::whole), "a.b.jpg");
  EXPECT_EQ(owner("u/{x}/{owner}.jpg", "u/1/.jpg", Extent::whole), "none");
  EXPECT_EQ(owner("u/{x}/{owner}.jpg", "u/1/a.jpg.bak", Extent::whole), "none");
  EXPECT_EQ(owner("u/{x}/{owner}.jpg", "u/1/2/a.jpg", Extent::whole), "none");
  EXPECT_EQ(owner("u/{owner}", "u/a/", Extent::whole), "none");
}

TEST(KeyPattern, WhatIsNone) {
  for (const char* text : {"", "users/", "users/{}/", "users/{owner", "users/{own er}/",
                           "{owner}{x}", "{owner}/{owner}", "{x}/", "{{owner}}", "{Owner}/"})
    EXPECT_FALSE(KeyPattern::parse(text, "owner")) << text;
}

}  // namespace
}  // namespace signpost::cli
