#include "s3/cors.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace signpost::s3 {
namespace {

std::string document(std::string_view rules) {
  return fmt::format(
      "<CORSConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{}"
      "</CORSConfiguration>",
      rules);
}

std::string rule(std::string_view inside) {
  return fmt::format("<CORSRule>{}</CORSRule>", inside);
}

constexpr std::string_view least =
    "<AllowedOrigin>https://a.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod>";

ErrorCode refusal(const std::string& xml) {
  auto parsed = parse_cors(xml);
  EXPECT_FALSE(parsed) << xml.substr(0, 300);
  return parsed ? ErrorCode::InternalError : parsed.error().code;
}

CorsConfiguration configured() {
  CorsRule pages;
  pages.allowed_origins = {"https://app.example", "https://*.example.org"};
  pages.allowed_methods = {"GET", "PUT"};
  pages.allowed_headers = {"Content-Type", "x-amz-*"};
  CorsRule everybody;
  everybody.allowed_origins = {"*"};
  everybody.allowed_methods = {"HEAD"};
  return {{pages, everybody}};
}

TEST(Cors, ReadsWhatItWrites) {
  auto parsed =
      parse_cors(document(rule("<ID>one</ID><AllowedOrigin> https://a.example </AllowedOrigin>"
                               "<AllowedOrigin>*</AllowedOrigin><AllowedMethod>PUT</AllowedMethod>"
                               "<AllowedHeader>*</AllowedHeader><ExposeHeader>ETag</ExposeHeader>"
                               "<MaxAgeSeconds>300</MaxAgeSeconds>") +
                          rule(least)));
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->rules.size(), 2u);
  EXPECT_EQ(parsed->rules[0].id, "one");
  EXPECT_EQ(parsed->rules[0].allowed_origins[0], "https://a.example");
  EXPECT_EQ(parsed->rules[0].max_age_seconds, 300u);
  auto again = parse_cors(to_xml(*parsed));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, *parsed);
}

TEST(Cors, RefusesWhatIsNoConfiguration) {
  EXPECT_EQ(refusal(""), ErrorCode::MalformedXML);
  EXPECT_EQ(refusal("<Other/>"), ErrorCode::MalformedXML);
  EXPECT_EQ(refusal(document("")), ErrorCode::MalformedXML);
  EXPECT_EQ(refusal(document(rule("<AllowedMethod>GET</AllowedMethod>"))), ErrorCode::MalformedXML);
  EXPECT_EQ(refusal(document(rule("<AllowedOrigin>*</AllowedOrigin>"))), ErrorCode::MalformedXML);
  EXPECT_EQ(refusal(document("<Rule/>")), ErrorCode::MalformedXML);
  EXPECT_EQ(refusal(document(rule(std::string(least) + "<Unknown>x</Unknown>"))),
            ErrorCode::MalformedXML);
  EXPECT_EQ(refusal(document(rule(std::string(least) + "<MaxAgeSeconds>-1</MaxAgeSeconds>"))),
            ErrorCode::MalformedXML);
  EXPECT_EQ(refusal("<!DOCTYPE x>" + document(rule(least))), ErrorCode::MalformedXML);
}

TEST(Cors, HoldsItsLimits) {
  std::string rules;
  for (std::size_t i = 0; i < cors_rules; ++i) rules += rule(least);
  EXPECT_TRUE(parse_cors(document(rules)));
  EXPECT_EQ(refusal(document(rules + rule(least))), ErrorCode::InvalidRequest);
  EXPECT_EQ(refusal(document(rule(least) + std::string(cors_document_bytes, ' '))),
            ErrorCode::MaxMessageLengthExceeded);
}

TEST(Cors, RefusesMethodsStarsAndSplitAnswers) {
  for (std::string_view extra :
       {"<AllowedMethod>PATCH</AllowedMethod>", "<AllowedMethod>get</AllowedMethod>",
        "<AllowedMethod>*</AllowedMethod>", "<AllowedOrigin>https://*.a.*</AllowedOrigin>",
        "<AllowedHeader>*x*</AllowedHeader>", "<ExposeHeader>x-*</ExposeHeader>",
        "<ExposeHeader>a&#13;&#10;Set-Cookie: x</ExposeHeader>",
        "<AllowedHeader>a&#10;b</AllowedHeader>", "<AllowedOrigin>a&#10;b</AllowedOrigin>"}) {
    EXPECT_EQ(refusal(document(rule(std::string(least) + std::string(extra)))),
              ErrorCode::InvalidRequest)
        << extra;
  }
}

TEST(Cors, GrantsTheOriginAsItCame) {
  auto configuration = configured();
  auto found = match(configuration, "https://app.example", "PUT", {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->allow_origin, "https://app.example");
  EXPECT_TRUE(found->credentials);
  EXPECT_EQ(match(configuration, "https://b.example.org", "GET", {})->allow_origin,
            "https://b.example.org");
}

TEST(Cors, AStarGrantsNoCredentials) {
  auto configuration = configured();
  auto found = match(configuration, "https://evil.example", "HEAD", {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->allow_origin, "*");
  EXPECT_FALSE(found->credentials);
  EXPECT_EQ(found->rule, &configuration.rules[1]);
}

TEST(Cors, RefusesOtherOriginsAndMethods) {
  auto configuration = configured();
  for (std::string_view origin :
       {"https://evil", "https://app.example.evil", "https://evilapp.example", "null", "",
        "http://app.example", "https://APP.example", "https://app.example:444",
        "https://example.org", "https://x y.example.org"}) {
    EXPECT_FALSE(match(configuration, origin, "GET", {})) << origin;
  }
  EXPECT_FALSE(match(configuration, "https://app.example", "DELETE", {}));
}

TEST(Cors, EveryRequestedHeaderMustBeAllowed) {
  auto configuration = configured();
  std::vector<std::string_view> good = {"content-type", "X-Amz-Date"};
  EXPECT_TRUE(match(configuration, "https://app.example", "PUT", good));
  std::vector<std::string_view> bad = {"content-type", "x-other"};
  EXPECT_FALSE(match(configuration, "https://app.example", "PUT", bad));
  EXPECT_FALSE(match(configuration, "https://evil.example", "HEAD", good));
}

}  // namespace
}  // namespace signpost::s3
