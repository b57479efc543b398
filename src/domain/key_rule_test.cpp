#include "domain/key_rule.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

namespace signpost::domain {
namespace {

Caller caller(std::string_view subject, std::string_view issuer = "app") {
  return {.principal = Principal::user(issuer, subject).value(), .groups = {}};
}

const std::array rules{
    KeyRule{.prefix = "users/{subject}/", .issuer = "app", .get = true, .put = true},
    KeyRule{.prefix = "public/", .issuer = "app", .get = true, .put = false},
};

bool may(std::string_view subject, std::string_view key, KeyAction action = KeyAction::get) {
  Caller who = caller(subject);
  return decide(rules, &who, key, action) == Decision::allow;
}

TEST(KeyRule, AllowsWhatIsUnderThePrefix) {
  EXPECT_TRUE(may("alice", "users/alice/a.png"));
  EXPECT_TRUE(may("alice", "users/alice/deep/er/a b+ü.png", KeyAction::put));
  EXPECT_TRUE(may("alice", "public/logo.svg"));
  EXPECT_FALSE(may("alice", "public/logo.svg", KeyAction::put));
  Caller elsewhere = caller("alice", "corp");
  EXPECT_EQ(decide(rules, &elsewhere, "users/alice/a", KeyAction::get), Decision::not_found);
  EXPECT_EQ(decide(rules, nullptr, "public/a", KeyAction::get), Decision::unauthenticated);
  Caller alice = caller("alice");
  EXPECT_EQ(decide({}, &alice, "users/alice/a", KeyAction::get), Decision::not_found);
}

TEST(KeyRule, RefusesTheNeighbours) {
  for (const char* key :
       {"users/alice", "users/alice/", "users/alicex/a", "users/bob/a", "users/Alice/a",
        "Users/alice/a", "/users/alice/a", "users//alice/a", "users/alice/../bob/a",
        "users/alice/./a", "users/alice/..", "users/a", ""})
    EXPECT_FALSE(may("alice", key)) << key;
  EXPECT_FALSE(may("alice", std::string("users/alice/") + '\0'));
  EXPECT_FALSE(may("alice", "users/alice/\xff"));
  EXPECT_FALSE(may("alice", "users/alice/" + std::string(1024, 'x')));
}

TEST(KeyRule, SubjectsThatAreNoSegmentHaveNothing) {
  EXPECT_FALSE(may("alice/photos", "users/alice/photos/a"));
  EXPECT_FALSE(may("..", "users/../a"));
  EXPECT_FALSE(may(".", "users/./a"));
  EXPECT_FALSE(may("a\\b", "users/a\\b/a"));
  EXPECT_TRUE(may("{subject}", "users/{subject}/a")) << "taken literally";
  EXPECT_FALSE(may("{subject}", "users/alice/a"));
}

TEST(KeyRule, KeepsOffWhatTheGatewayKeeps) {
  const std::array everything{
      KeyRule{.prefix = "files/", .issuer = "app", .get = true, .put = true},
      KeyRule{.prefix = "staging/", .issuer = "app", .get = true, .put = true}};
  Caller alice = caller("alice");
  for (const char* key : {"files/0123", "staging/0123"})
    EXPECT_EQ(decide(everything, &alice, key, KeyAction::get), Decision::not_found) << key;
}

TEST(KeyRule, Prefixes) {
  for (const char* good : {"a/", "users/{subject}/", "{subject}/", "a/{subject}/b/", "a b/"})
    EXPECT_TRUE(is_rule_prefix(good)) << good;
  for (const char* bad : {"", "/", "a", "users/{subject}", "/a/", "a//b/", "users/x{subject}/",
                          "users/{user}/", "../", "a/./", "{subject}{subject}/"})
    EXPECT_FALSE(is_rule_prefix(bad)) << bad;
}

// Two different subjects never reach the same key by a rule with {subject}.
TEST(KeyRule, NoTwoSubjectsShareAKey) {
  std::mt19937 random(7);
  const std::string letters = "ab/.\\%{}A ";
  auto text = [&](std::size_t longest) {
    std::string out(1 + random() % longest, 'a');
    for (char& c : out) c = letters[random() % letters.size()];
    return out;
  };
  int reached = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string one = text(4), other = text(4), key = "users/" + text(4) + "/" + text(4);
    if (one == other) continue;
    bool first = may(one, key), second = may(other, key);
    reached += first;
    EXPECT_FALSE(first && second) << one << " and " << other << " at " << key;
    if (first) EXPECT_TRUE(key.starts_with("users/" + one + "/"));
  }
  EXPECT_GT(reached, 10);
}

}  // namespace
}  // namespace signpost::domain
