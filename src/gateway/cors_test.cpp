#include "gateway/cors.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace signpost::gateway {
namespace {

Origins origins() {
  Options options;
  options.listen = "127.0.0.1:8080";
  options.allowed_origins = {*http::WebOrigin::parse("https://good.example")};
  return Origins(options);
}

net::RequestHead head(std::initializer_list<FieldView> fields) {
  net::RequestHead out;
  out.method = "OPTIONS";
  out.fields = fields;
  return out;
}

TEST(Cors, GrantsTrustedOriginsWithCredentials) {
  net::Headers headers;
  add_cors(origins(), head({{"Origin", "https://good.example"}}), headers);
  EXPECT_EQ(headers.get("Access-Control-Allow-Origin"), "https://good.example");
  EXPECT_EQ(headers.get("Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(headers.get("Vary"), "Origin");
}

TEST(Cors, GrantsOthersNothingButVaries) {
  for (const char* origin : {"https://evil", "https://good.evil", "https://evilgood.example",
                             "null", "*", "http://good.example"}) {
    net::Headers headers;
    add_cors(origins(), head({{"Origin", origin}}), headers);
    EXPECT_FALSE(headers.get("Access-Control-Allow-Origin")) << origin;
    EXPECT_FALSE(headers.get("Access-Control-Allow-Credentials")) << origin;
    EXPECT_EQ(headers.get("Vary"), "Origin");
  }
}

TEST(Cors, AnswersPreflights) {
  auto granted = answer_options(
      origins(),
      head({{"Origin", "https://good.example"}, {"Access-Control-Request-Method", "PATCH"}}),
      "GET, PATCH");
  EXPECT_EQ(granted.status, 204u);
  EXPECT_EQ(granted.headers.get("Access-Control-Allow-Methods"), "GET, PATCH");
  EXPECT_TRUE(granted.headers.get("Access-Control-Allow-Headers"));

  auto refused = answer_options(
      origins(), head({{"Origin", "https://evil"}, {"Access-Control-Request-Method", "PATCH"}}),
      "GET, PATCH");
  EXPECT_EQ(refused.status, 204u);
  EXPECT_FALSE(refused.headers.get("Access-Control-Allow-Origin"));
  EXPECT_FALSE(refused.headers.get("Access-Control-Allow-Methods"));
  EXPECT_EQ(refused.headers.get("Allow"), "GET, PATCH");
}

}  // namespace
}  // namespace signpost::gateway
