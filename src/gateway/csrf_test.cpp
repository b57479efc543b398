#include "gateway/csrf.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace signpost::gateway {
namespace {

Origins origins() {
  Options options;
  options.listen = "127.0.0.1:8080";
  options.allowed_origins = {*http::WebOrigin::parse("https://app.example")};
  return Origins(options);
}

net::RequestHead head(std::initializer_list<FieldView> fields) {
  net::RequestHead out;
  out.method = "POST";
  out.fields = fields;
  return out;
}

TEST(Csrf, TakesTheOwnAndAllowedOrigins) {
  EXPECT_TRUE(check_same_site(origins(), head({{"Origin", "http://localhost:8080"}})));
  EXPECT_TRUE(check_same_site(
      origins(), head({{"origin", "https://app.example"}, {"Sec-Fetch-Site", "cross-site"}})));
  EXPECT_TRUE(check_same_site(origins(), head({{"Sec-Fetch-Site", "same-origin"}})));
}

TEST(Csrf, RefusesTheRest) {
  for (auto fields :
       {head({}), head({{"Sec-Fetch-Site", "cross-site"}}), head({{"Sec-Fetch-Site", "same-site"}}),
        head({{"Sec-Fetch-Site", "none"}}), head({{"Origin", "https://evil"}}),
        head({{"Origin", "null"}}), head({{"Origin", "null"}, {"Sec-Fetch-Site", "same-origin"}}),
        head({{"Origin", "https://evil"}, {"Sec-Fetch-Site", "same-origin"}}),
        head({{"Origin", "http://localhost:8080"}, {"Origin", "https://evil"}}),
        head({{"Referer", "http://localhost:8080/"}})}) {
    auto checked = check_same_site(origins(), fields);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().status, 403u);
  }
}

TEST(Csrf, SignInTakesClientsThatClaimNoOrigin) {
  EXPECT_TRUE(check_claimed_origin(origins(), head({})));
  EXPECT_TRUE(check_claimed_origin(origins(), head({{"Origin", "http://localhost:8080"}})));
  EXPECT_FALSE(check_claimed_origin(origins(), head({{"Origin", "https://evil"}})));
  EXPECT_FALSE(check_claimed_origin(origins(), head({{"Sec-Fetch-Site", "cross-site"}})));
}

TEST(Csrf, KnowsSafeMethods) {
  EXPECT_TRUE(is_safe_method("GET"));
  EXPECT_FALSE(is_safe_method("POST"));
  EXPECT_FALSE(is_safe_method("get"));
}

}  // namespace
}  // namespace signpost::gateway
