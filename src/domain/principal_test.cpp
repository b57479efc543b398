#include "domain/principal.hpp"

#include <gtest/gtest.h>

namespace signpost::domain {
namespace {

TEST(Principal, RoundTrip) {
  auto p = Principal::parse("user:app:auth0|https://x/y:z");
  ASSERT_TRUE(p);
  EXPECT_EQ(p->issuer(), "app");
  EXPECT_EQ(p->subject(), "auth0|https://x/y:z");
  EXPECT_EQ(p->text(), "user:app:auth0|https://x/y:z");
  EXPECT_EQ(Principal::user("local", "ann")->text(), "user:local:ann");
}

TEST(Principal, RefusesWhatIsNone) {
  for (std::string_view text :
       {"", "user", "user:", "user::x", "user:app:", "user:app", "group:app:x", "User:app:x",
        "user:a b:x", "user:app:a\nb", "user:app:a\x7f", "user:app:\xc2\x85", "user:app:\xff"})
    EXPECT_FALSE(Principal::parse(text)) << text;
  EXPECT_FALSE(Principal::user("app", std::string_view("a\0b", 3)));
  EXPECT_TRUE(Principal::user("app", std::string(255, 's')));
  EXPECT_FALSE(Principal::user("app", std::string(256, 's')));
  EXPECT_FALSE(Principal::user(std::string(65, 'i'), "x"));
}

TEST(Principal, TheIssuerCannotHideInTheSubject) {
  EXPECT_FALSE(Principal::user("a:b", "c"));
  EXPECT_NE(*Principal::user("a", "b:c"), *Principal::user("a.b", "c"));
}

TEST(Group, RoundTrip) {
  auto g = Group::parse("group:app:file-admins");
  ASSERT_TRUE(g);
  EXPECT_EQ(g->name(), "file-admins");
  EXPECT_EQ(g->text(), "group:app:file-admins");
  EXPECT_FALSE(Group::parse("user:app:file-admins"));
}

}  // namespace
}  // namespace signpost::domain
