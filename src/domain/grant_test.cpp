#include "domain/grant.hpp"

#include <gtest/gtest.h>

namespace signpost::domain {
namespace {

TEST(Grantee, IsWhatItsTextSays) {
  for (const char* text : {"anyone", "user:app:ann", "user:local:a:b", "group:corp:the staff"}) {
    auto grantee = parse_grantee(text);
    ASSERT_TRUE(grantee) << text;
    EXPECT_EQ(to_text(*grantee), text);
  }
  EXPECT_NE(parse_grantee("user:app:x"), parse_grantee("group:app:x"));
  EXPECT_NE(parse_grantee("group:app:x"), parse_grantee("group:corp:x"));
}

TEST(Grantee, RefusesWhatIsNone) {
  for (const char* text :
       {"", "Anyone", "anyone:", "everyone", "user:app:", "user::ann", "user:ann", "group:app",
        "team:app:x", "user:a b:x", "user:app:x\n", "group:app:\xff", "USER:app:ann"})
    EXPECT_FALSE(parse_grantee(text)) << text;
}

TEST(Grantee, NobodyIsAnyoneAlone) {
  EXPECT_EQ(grantees_of(nullptr), (std::vector<Grantee>{Anyone{}}));
  Caller caller{.principal = *Principal::user("app", "ann"), .groups = {*Group::of("app", "x")}};
  EXPECT_EQ(grantees_of(&caller),
            (std::vector<Grantee>{Anyone{}, caller.principal, caller.groups[0]}));
}

TEST(Role, HasTwoWords) {
  EXPECT_EQ(parse_role("viewer"), Role::viewer);
  EXPECT_EQ(parse_role("editor"), Role::editor);
  for (const char* text : {"", "owner", "Viewer", "admin"}) EXPECT_FALSE(parse_role(text));
}

}  // namespace
}  // namespace signpost::domain
