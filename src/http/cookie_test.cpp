#include "http/cookie.hpp"

#include <gtest/gtest.h>

namespace signpost::http {
namespace {

TEST(Cookie, ParsesPairsInOrder) {
  auto cookies = parse_cookies("a=1; b=\"two\";c=x=y ; d=");
  ASSERT_EQ(cookies.size(), 4u);
  EXPECT_EQ(cookies[0].name, "a");
  EXPECT_EQ(cookies[1].value, "two");
  EXPECT_EQ(cookies[2].value, "x=y");
  EXPECT_EQ(cookies[3].value, "");
}

TEST(Cookie, LeavesOutWhatIsMalformed) {
  auto cookies = parse_cookies("novalue; =x; a b=1; c=1 2; d=\"; e=\xc3\xa9; f=1,2; ;; good=1");
  ASSERT_EQ(cookies.size(), 1u);
  EXPECT_EQ(cookies[0].name, "good");
}

TEST(Cookie, TakesAHundredAtMost) {
  std::string field;
  for (int i = 0; i < 1000; ++i) field += "a=1;";
  EXPECT_EQ(parse_cookies(field).size(), 100u);
}

TEST(Cookie, AmbiguousNamesAreNotChosenBetween) {
  EXPECT_EQ(find_cookie(parse_cookies("s=1; t=2"), "s"), "1");
  EXPECT_EQ(find_cookie(parse_cookies("s=1; s=1"), "s"), "1");
  EXPECT_EQ(find_cookie(parse_cookies("s=1; s=2"), "s"), std::nullopt);
  EXPECT_EQ(find_cookie(parse_cookies("S=1"), "s"), std::nullopt);
}

TEST(Cookie, WritesSetCookie) {
  SetCookie cookie{.name = "__Host-signpost_session",
                   .value = "abc",
                   .secure = true,
                   .max_age = std::chrono::hours{1}};
  EXPECT_EQ(cookie.to_string(),
            "__Host-signpost_session=abc; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure");
  EXPECT_EQ((SetCookie{.name = "s", .value = "", .same_site = SameSite::strict}).to_string(),
            "s=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
}

}  // namespace
}  // namespace signpost::http
