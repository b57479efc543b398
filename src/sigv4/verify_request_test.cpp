// What a signature is held to: the request it signs, its parameters, its life.
#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "base/percent.hpp"
#include "sigv4/verify_fixture.hpp"

namespace signpost::sigv4 {
namespace {

using namespace testing;  // the fixture

// B19 to B21, B27.
TEST(Verify, RefusesAnotherMethodPathHostOrParameter) {
  for (const char* method : {"PUT", "DELETE", "POST", "HEAD", "get"}) {
    Request request = presigned();
    request.method = method;
    expect_refusal(request, Refusal::signature_mismatch);
  }
  for (const char* key : {"b", "a/", "A", "a%00", "./a", "/a", "%2e/a", "a%20", "x/../a"}) {
    Request request = presigned();
    request.path = std::string("/photos/") + key;
    expect_refusal(request, Refusal::signature_mismatch);
  }
  Request request = presigned();
  request.field("host") = "localhost:9000";
  expect_refusal(request, Refusal::signature_mismatch);
  for (const char* added : {"versionId=", "acl", "uploads", "partNumber=1&uploadId=x",
                            "response-content-type=text/html", "%61cl", "=", "a=b=c"}) {
    request = presigned();
    request.query += std::string("&") + added;
    expect_refusal(request, Refusal::signature_mismatch);
  }
}

// B22.
TEST(Verify, BoundsExpires) {
  for (const char* text : {"-1", "604801", "1e9", "60.5", "60abc", "", "2147483648",
                           "18446744073709551616", "%2B60", "%2060"})
    expect_refusal(presigned().in_query("X-Amz-Expires=180", "X-Amz-Expires=" + std::string(text)),
                   Refusal::malformed_query, "X-Amz-Expires");
  Request request = presigned({.expires = seconds(0)});
  request.now = signed_at.time();
  expect_refusal(request, Refusal::expired);
}

// B23 to B25.
TEST(Verify, AUrlLivesFromItsDateToItsEnd) {
  Request request = presigned();
  request.now = signed_at.time() + seconds(179);
  EXPECT_TRUE(request.accepted());
  request.now = signed_at.time() + seconds(180);
  expect_refusal(request, Refusal::expired, "Request has expired");
  request.now = signed_at.time() + seconds(181);
  expect_refusal(request, Refusal::expired, "Request has expired");
  EXPECT_EQ(detail(request, "X-Amz-Expires"), "180");
  EXPECT_EQ(detail(request, "Expires"), "2026-11-24T04:08:06Z");
  EXPECT_EQ(detail(request, "ServerTime"), "2026-11-24T04:08:07Z");

  request = presigned({.expires = hours(24 * 7)});
  request.now = signed_at.time() + hours(24 * 7) - seconds(1);
  EXPECT_TRUE(request.accepted());

  request = presigned();
  request.now = signed_at.time() - minutes(15);
  EXPECT_TRUE(request.accepted());
  request.now = signed_at.time() - minutes(16);
  expect_refusal(request, Refusal::not_yet_valid, "not valid yet");
  request.now = signed_at.time() - hours(24);
  expect_refusal(request, Refusal::not_yet_valid);
}

// B26.
TEST(Verify, RefusesRepeatedParameters) {
  for (const char* added :
       {"X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Credential=x", "X-Amz-Date=20261124T040506Z",
        "X-Amz-Expires=180", "X-Amz-Expires=604800", "X-Amz-SignedHeaders=host",
        "X-Amz-Signature=0", "X%2DAmz-Signature=0", "X-Amz-%53ignature=0"}) {
    Request request = presigned();
    request.query += std::string("&") + added;
    expect_refusal(request, Refusal::malformed_query, "twice");
    request = presigned();
    request.query = std::string(added) + "&" + request.query;
    expect_refusal(request, Refusal::malformed_query, "twice");
  }
}

TEST(Verify, RefusesMissingParameters) {
  for (const char* name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
                           "X-Amz-SignedHeaders", "X-Amz-Signature"}) {
    Request request = presigned();
    request.in_query(name, "x-other");
    expect_refusal(request, Refusal::malformed_query, "missing: " + std::string(name));
    // One alone is an attempt, not an anonymous request.
    Request alone{.method = "GET", .path = "/photos/a", .query = std::string(name) + "=1"};
    alone.add("Host", "127.0.0.1:9000");
    expect_refusal(alone, Refusal::malformed_query);
  }
}

// B28.
TEST(Verify, NamesOfParametersAreCaseSensitive) {
  expect_refusal(presigned().in_query("X-Amz-Signature", "x-amz-signature"),
                 Refusal::misspelt_parameter, "X-Amz-Signature");
  Request request{.method = "GET", .path = "/photos/a", .query = "x-amz-signature=0"};
  request.add("Host", "127.0.0.1:9000");
  expect_refusal(request, Refusal::misspelt_parameter);
  EXPECT_EQ(http_status(Refusal::misspelt_parameter), 403u);
}

// B29.
TEST(Verify, HeaderFormWantsAContentHash) {
  Request request = header_signed();
  request.remove("x-amz-content-sha256");
  expect_refusal(request, Refusal::missing_content_sha256, "x-amz-content-sha256");
  for (const char* text :
       {"", "unsigned-payload", "UNSIGNED", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "abc"}) {
    request = header_signed();
    request.field("x-amz-content-sha256") = text;
    expect_refusal(request, Refusal::invalid_content_sha256);
  }
  request = header_signed();
  request.add("x-amz-content-sha256", std::string(empty_payload));
  expect_refusal(request, Refusal::invalid_content_sha256);
  request = header_signed();
  request.field("x-amz-content-sha256") = "UNSIGNED-PAYLOAD";
  expect_refusal(request, Refusal::signature_mismatch);
}

TEST(Verify, QueryFormTakesADeclaredHash) {
  const std::string hash(empty_payload);
  Request request = presigned({.method = "PUT", .query = {{"X-Amz-Content-Sha256", hash}}});
  auto outcome = request.verify();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(std::get<Verified>(*outcome).payload().kind, PayloadKind::sha256);
  request.add("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
  expect_refusal(request, Refusal::invalid_content_sha256, "differs");
  request = presigned({.query = {{"X-Amz-Content-Sha256", "none"}}});
  expect_refusal(request, Refusal::invalid_content_sha256);
}

// B30.
TEST(Verify, ARotatedSecretEndsAtOnce) {
  Request request = presigned();
  auto secret = std::make_shared<const Secret>(secret_text);
  const Verifier verifier({.region = "us-east-1"}, [&](std::string_view) { return secret; });
  const FieldView fields[] = {{"Host", "127.0.0.1:9000"}};
  const RequestView view{request.method, request.path, request.query, fields};
  EXPECT_TRUE(verifier.verify(view, request.now));
  EXPECT_TRUE(verifier.verify(view, request.now));
  secret = std::make_shared<const Secret>("another");
  EXPECT_EQ(verifier.verify(view, request.now).error().refusal, Refusal::signature_mismatch);
  secret = nullptr;
  EXPECT_EQ(verifier.verify(view, request.now).error().refusal, Refusal::unknown_access_key);
  secret = std::make_shared<const Secret>(secret_text);
  EXPECT_TRUE(verifier.verify(view, request.now));
}

TEST(Verify, RefusesBrokenEscapes) {
  Request request = presigned();
  request.path = "/photos/%zz";
  expect_refusal(request, Refusal::invalid_uri, "path");
  request = presigned();
  request.query += "&a=%4";
  expect_refusal(request, Refusal::invalid_uri, "query");
}

TEST(Verify, SessionTokensAreRefusedUnlessWanted) {
  for (Request request : {presigned({.token = "t/o+k=en"}), header_signed({.token = "t/o+k=en"})}) {
    expect_refusal(request, Refusal::unsupported_token);
    request.tokens = SessionTokens::accept;
    const auto outcome = request.verify();
    ASSERT_TRUE(outcome);
    const auto& token = std::get<Verified>(*outcome).session_token();
    ASSERT_TRUE(token);
    EXPECT_EQ(token->reveal(), "t/o+k=en");
  }
}

TEST(Verify, TakesRequestsLargerThanItsStack) {
  std::vector<std::string> texts;
  for (int i = 0; i < 90; ++i) texts.push_back("x-amz-meta-" + std::to_string(100 + i));
  PresignOptions options{.method = "PUT", .key = std::string(1024, '%')};
  for (const std::string& text : texts) {
    options.fields.push_back({text, text});
    options.query.push_back({text, text});
  }
  Request request = presigned(options);
  EXPECT_TRUE(request.accepted());
  request.field("x-amz-meta-150") = "changed";
  expect_refusal(request, Refusal::signature_mismatch);
}

}  // namespace
}  // namespace signpost::sigv4
