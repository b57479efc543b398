#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "base/percent.hpp"
#include "sigv4/verify_fixture.hpp"

namespace signpost::sigv4 {
namespace {

using namespace testing;  // the fixture

TEST(Verify, AcceptsAPresignedRequestAndSaysWhatItIs) {
  const auto outcome = presigned().verify();
  ASSERT_TRUE(outcome);
  const auto& verified = std::get<Verified>(*outcome);
  EXPECT_EQ(verified.access_key_id(), akid);
  EXPECT_EQ(verified.mode(), AuthMode::query);
  EXPECT_EQ(verified.payload().kind, PayloadKind::unsigned_payload);
  EXPECT_EQ(verified.signed_headers(), "host");
  EXPECT_EQ(verified.date(), signed_at.time());
  EXPECT_EQ(verified.expires_at(), signed_at.time() + minutes(3));
  EXPECT_FALSE(verified.session_token());
  EXPECT_FALSE(verified.chunk_seed());
}

TEST(Verify, AcceptsAnAuthorizationFieldAndSaysWhatItIs) {
  const auto outcome = header_signed().verify();
  ASSERT_TRUE(outcome);
  const auto& verified = std::get<Verified>(*outcome);
  EXPECT_EQ(verified.mode(), AuthMode::header);
  EXPECT_EQ(verified.payload().kind, PayloadKind::sha256);
  EXPECT_EQ(verified.payload().digest, sha256(""));
  EXPECT_EQ(verified.signed_headers(), "host;x-amz-content-sha256;x-amz-date");
  EXPECT_FALSE(verified.expires_at());
}

TEST(Verify, GivesTheSeedOfASignedStream) {
  const Request request =
      header_signed({.method = "PUT", .payload_hash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"});
  const auto outcome = request.verify();
  ASSERT_TRUE(outcome);
  const auto& seed = std::get<Verified>(*outcome).chunk_seed();
  ASSERT_TRUE(seed);
  EXPECT_EQ(seed->date, "20261124T040506Z");
  EXPECT_EQ(seed->scope, "20261124/us-east-1/s3/aws4_request");
  Request copy = request;
  EXPECT_TRUE(copy.field("authorization").ends_with(seed->previous.hex()));
  EXPECT_EQ(seed->key.sign("x").hex(),
            SigningKey(Secret(secret_text), {"20261124", "us-east-1", "s3"}).sign("x").hex());
}

TEST(Verify, NothingOfASignatureIsAnonymous) {
  Request request{.method = "GET", .path = "/photos/a", .query = "versionId=null"};
  request.add("Host", "127.0.0.1:9000").add("Cookie", "a=b").add("x-amz-acl", "private");
  EXPECT_TRUE(request.anonymous());
}

TEST(Verify, TreatsSlashAndItsEncodingAlikeAndPlusAsPlus) {
  Request request = presigned({.key = "a/b+c d"});
  EXPECT_EQ(request.path, "/photos/a/b%2Bc%20d");
  request.path = "/photos/a%2Fb+c%20d";
  EXPECT_TRUE(request.accepted());
  request.path = "/photos/a%2fb%2bc%20d";
  EXPECT_TRUE(request.accepted());
  request.path = "/photos/a/b%20c%20d";
  expect_refusal(request, Refusal::signature_mismatch);
}

TEST(Verify, OrderOfParametersDoesNotMatter) {
  Request request = presigned({.query = {{"response-content-type", "text/plain"}, {"acl", ""}}});
  const auto at = request.query.find("X-Amz-Signature");
  request.query = request.query.substr(at) + "&" + request.query.substr(0, at - 1);
  EXPECT_TRUE(request.accepted());
  request.in_query("acl=", "acl");
  EXPECT_TRUE(request.accepted());
}

TEST(Verify, TellsWhetherTheQueryHasFields) {
  const auto has_fields = [](const PresignOptions& options) {
    const auto outcome = presigned(options).verify();
    return std::get<Verified>(*outcome).has_fields_in_query();
  };
  EXPECT_FALSE(has_fields({}));
  EXPECT_FALSE(has_fields({.query = {{"x-id", "GetObject"}, {"x-signpost-ticket", "t"}}}));
  EXPECT_TRUE(has_fields({.query = {{"x-amz-meta-a", "1"}}}));
  EXPECT_TRUE(has_fields({.query = {{"X-Amz-Acl", ""}}}));
}

// SECURITY cases B1 to B3.
TEST(Verify, RefusesUnsignedTrailersWithAWrongSignature) {
  Request request =
      header_signed({.method = "PUT", .payload_hash = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"});
  EXPECT_TRUE(request.accepted());
  std::string& authorization = request.field("authorization");
  authorization.replace(authorization.size() - 64, 64, std::string(64, '0'));
  expect_refusal(request, Refusal::signature_mismatch);
  request.remove("authorization");
  request.query = std::string("X-Amz-Credential=") + akid;
  expect_refusal(request, Refusal::malformed_query, "X-Amz-Algorithm");
}

// B4 to B6.
TEST(Verify, RefusesTwoMechanisms) {
  Request request = header_signed();
  request.query = "X-Amz-Signature=x";
  expect_refusal(request, Refusal::two_mechanisms);
  request = presigned();
  request.add("Authorization", "AWS4-HMAC-SHA256 Credential=a");
  expect_refusal(request, Refusal::two_mechanisms);
  request = header_signed();
  request.add("Authorization", request.field("authorization"));
  expect_refusal(request, Refusal::two_mechanisms);
  request = header_signed();
  request.query = "X-Amz-Security-Token=t";
  expect_refusal(request, Refusal::two_mechanisms);
  request = presigned();
  request.query += "&AWSAccessKeyId=a&Signature=b&Expires=1";
  expect_refusal(request, Refusal::two_mechanisms);
}

// B7.
TEST(Verify, RefusesAnotherScope) {
  for (const bool in_query : {false, true}) {
    const Refusal refusal = in_query ? Refusal::wrong_scope_query : Refusal::wrong_scope_header;
    const Refusal malformed =
        in_query ? Refusal::malformed_query : Refusal::malformed_authorization;
    const auto with = [&](std::string from, std::string to) {
      if (in_query)
        return presigned().in_query(percent_encode(from, Slash::encode),
                                    percent_encode(to, Slash::encode));
      return header_signed().in_header(from, to);
    };
    expect_refusal(with("/20261124/", "/20261123/"), refusal, "20261123");
    expect_refusal(with("/us-east-1/", "/eu-west-1/"), refusal, "expecting 'us-east-1'");
    EXPECT_EQ(detail(with("/us-east-1/", "/eu-west-1/"), "Region"), "us-east-1");
    for (const char* service : {"/s3tables/", "/sts/", "/iam/", "//"})
      expect_refusal(with("/s3/", service), refusal, "service");
    expect_refusal(with("/aws4_request", "/aws5_request"), malformed, "aws4_request");
    expect_refusal(with("/aws4_request", ""), malformed);
    expect_refusal(with("/20261124/", "/20261324/"), malformed);
  }
}

// B8.
TEST(Verify, RefusesOtherMechanismsAndNeverTakesThemForAnonymous) {
  Request request = header_signed();
  std::string& authorization = request.field("authorization");
  for (const char* text :
       {"AWS4-HMAC-SHA512 Credential=a", "AWS4-ECDSA-P256-SHA256 Credential=a", "AWS4-"}) {
    authorization = text;
    expect_refusal(request, Refusal::unsupported_algorithm, "AWS4-HMAC-SHA256");
  }
  for (const char* text : {"", "Basic YTpi", "Bearer x", "aws4-hmac-sha256 Credential=a", "AWS5 x",
                           "AWS4-HMAC-SHA256,Credential=a"}) {
    authorization = text;
    const auto outcome = request.verify();
    ASSERT_FALSE(outcome.has_value()) << text;
    EXPECT_EQ(http_status(outcome.error().refusal), 400) << text;
  }
  for (const char* text : {"AWS AKID:c2ln", "AWS", "AWS "}) {
    authorization = text;
    expect_refusal(request, Refusal::signature_version_2, "signature_version='s3v4'");
  }
  request.remove("authorization");
  request.query = "AWSAccessKeyId=AKID&Signature=c2ln&Expires=1900000000";
  expect_refusal(request, Refusal::signature_version_2, "aws configure set");
  for (const char* name : {"AWS4-HMAC-SHA512", "AWS4-ECDSA-P256-SHA256", ""})
    expect_refusal(presigned().in_query("AWS4-HMAC-SHA256", name), Refusal::malformed_query,
                   "AWS4-HMAC-SHA256");
}

// B9 and B10.
TEST(Verify, RefusesBadListsOfSignedHeaders) {
  const auto with = [](std::string_view list) {
    return presigned().in_query("SignedHeaders=host", "SignedHeaders=" + std::string(list));
  };
  Request request = with("x-amz-acl");
  request.add("x-amz-acl", "private");
  expect_refusal(request, Refusal::unsigned_fields);
  EXPECT_EQ(detail(request, "HeadersNotSigned"), "host");
  expect_refusal(with("content-type%3Bhost"), Refusal::absent_signed_field, "'content-type'");
  for (const char* list : {"host%3Bhost", "x-amz-date%3Bhost", "Host", "host%3B", "", "host%20"})
    expect_refusal(with(list), Refusal::malformed_query, "SignedHeaders");
  const auto in_header = [](std::string_view list) {
    return header_signed().in_header("host;x-amz-content-sha256;x-amz-date", list);
  };
  expect_refusal(in_header("host;host;x-amz-content-sha256;x-amz-date"),
                 Refusal::malformed_authorization, "twice");
  expect_refusal(in_header("x-amz-content-sha256;host;x-amz-date"),
                 Refusal::malformed_authorization, "sorted");
  expect_refusal(in_header("x-amz-content-sha256;x-amz-date"), Refusal::unsigned_fields);
  expect_refusal(in_header("host;x-amz-content-sha256;x-amz-date;zebra"),
                 Refusal::absent_signed_field, "'zebra'");
}

// B11.
TEST(Verify, RefusesSignaturesOfAnotherForm) {
  const Request good = presigned();
  const auto at = good.query.find("X-Amz-Signature=") + 16;
  const std::string signature = good.query.substr(at);
  std::string upper = signature;
  for (char& c : upper)
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 32);
  ASSERT_NE(upper, signature);
  for (const std::string& text : {upper, signature.substr(1), signature + "0", std::string(),
                                  std::string(64, 'z'), signature + "%00"}) {
    Request request = good;
    request.query = good.query.substr(0, at) + text;
    expect_refusal(request, Refusal::signature_mismatch);
  }
}

// B12, and what the refusals tell.
TEST(Verify, TellsUnknownKeysFromWrongSignatures) {
  Request request = presigned();
  request.in_query("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7NOBODY1");
  expect_refusal(request, Refusal::unknown_access_key);
  EXPECT_EQ(detail(request, "AWSAccessKeyId"), "AKIAIOSFODNN7NOBODY1");

  request = presigned();
  request.path = "/photos/b";
  const std::string canonical = detail(request, "CanonicalRequest");
  EXPECT_TRUE(canonical.starts_with("GET\n/photos/b\nX-Amz-Algorithm=AWS4-HMAC-SHA256&"));
  EXPECT_TRUE(canonical.ends_with("\nhost:127.0.0.1:9000\n\nhost\nUNSIGNED-PAYLOAD"));
  EXPECT_EQ(canonical.find("X-Amz-Signature"), std::string::npos);
  EXPECT_TRUE(detail(request, "StringToSign")
                  .starts_with("AWS4-HMAC-SHA256\n20261124T040506Z\n"
                               "20261124/us-east-1/s3/aws4_request\n"));
  // What the signature would have had to be, or was, is nowhere.
  const Presigner presigner(credentials(), "us-east-1", store());
  const std::string url = presigner.presign(
      {.method = "GET", .bucket = "photos", .key = "b", .date = signed_at, .expires = minutes(3)});
  const std::string right = url.substr(url.size() - 64);
  const auto outcome = request.verify();
  for (const auto& [name, value] : outcome.error().details)
    EXPECT_EQ(value.find(right), std::string::npos) << name;
}

// B13.
TEST(Verify, HeaderFormHoldsFifteenMinutes) {
  Request request = header_signed();
  for (const seconds skew : {seconds(minutes(15)), seconds(-minutes(15))}) {
    request.now = signed_at.time() + skew;
    EXPECT_TRUE(request.accepted());
    request.now = signed_at.time() + skew + seconds(skew.count() > 0 ? 1 : -1);
    expect_refusal(request, Refusal::time_too_skewed);
    EXPECT_EQ(detail(request, "MaxAllowedSkewMilliseconds"), "900000");
  }
}

// B14.
TEST(Verify, RefusesMissingAndMalformedDates) {
  for (const char* text : {"", "20261399T999999Z", "2026-11-24T04:05:06Z", "now"}) {
    Request request = header_signed();
    request.field("x-amz-date") = text;
    expect_refusal(request, Refusal::missing_date);
    // A good Date does not stand in for a bad x-amz-date.
    request.add("Date", "Tue, 24 Nov 2026 04:05:06 GMT");
    expect_refusal(request, Refusal::missing_date);
    expect_refusal(presigned().in_query("X-Amz-Date=20261124T040506Z",
                                        "X-Amz-Date=" + percent_encode(text, Slash::encode)),
                   Refusal::malformed_query, "X-Amz-Date");
  }
  Request request = header_signed();
  request.remove("x-amz-date");
  expect_refusal(request, Refusal::missing_date);
  request = header_signed();
  request.add("x-amz-date", request.field("x-amz-date"));
  expect_refusal(request, Refusal::missing_date);
}

TEST(Verify, ADateFieldThatDecidesMustBeSigned) {
  Request request = header_signed();
  request.remove("x-amz-date");
  request.add("Date", "Tue, 24 Nov 2026 04:05:06 GMT");
  request.in_header(";x-amz-date", "");
  expect_refusal(request, Refusal::unsigned_fields);
  EXPECT_EQ(detail(request, "HeadersNotSigned"), "date");
}

// B15 to B18.
TEST(Verify, RefusesUnsignedAmzFields) {
  for (const char* name :
       {"x-amz-copy-source", "x-amz-tagging", "X-Amz-Acl", "x-amz-meta-a",
        "x-amz-website-redirect-location", "x-amz-server-side-encryption", "x-amz-storage-class",
        "x-amz-object-lock-mode", "x-amz-expected-bucket-owner", "x-amz-date",
        "x-amz-content-sha256", "x-amz-decoded-content-length", "x-amz-trailer",
        "x-amz-checksum-crc32"}) {
    Request request = presigned({.method = "PUT"});
    request.add(name, "UNSIGNED-PAYLOAD");
    expect_refusal(request, Refusal::unsigned_fields);
    EXPECT_EQ(detail(request, "HeadersNotSigned"), to_lower(name));
  }
  Request request = header_signed({.method = "PUT"});
  request.add("x-amz-meta-a", "1").add("x-amz-meta-b", "2");
  expect_refusal(request, Refusal::unsigned_fields);
  EXPECT_EQ(detail(request, "HeadersNotSigned"), "x-amz-meta-a, x-amz-meta-b");
  request = header_signed();
  request.in_header("x-amz-content-sha256;", "");
  expect_refusal(request, Refusal::unsigned_fields);
}

TEST(Verify, HoldsSignedFieldsToTheirValues) {
  const PresignOptions options{.method = "PUT",
                               .fields = {{"Content-Type", "image/jpeg"},
                                          {"Content-Length", "10"},
                                          {"If-None-Match", "*"},
                                          {"x-amz-meta-a", "1"}}};
  Request request = presigned(options);
  EXPECT_TRUE(request.accepted());
  request.field("content-length") = "11";
  expect_refusal(request, Refusal::signature_mismatch);
  request = presigned(options);
  request.remove("if-none-match");
  expect_refusal(request, Refusal::absent_signed_field, "'if-none-match'");
  request = presigned(options);
  request.add("x-amz-meta-a", "2");
  expect_refusal(request, Refusal::signature_mismatch);
}

// A value with a comma in two fields is the same to the signature, but not to a handler.
TEST(Verify, RefusesASignedValueInTwoFields) {
  const PresignOptions copy{.method = "PUT", .fields = {{"x-amz-copy-source", "/photos/a,b"}}};
  Request request = presigned(copy);
  EXPECT_TRUE(request.accepted());
  request.field("x-amz-copy-source") = "/photos/a";
  request.add("X-Amz-Copy-Source", "b");
  expect_refusal(request, Refusal::repeated_field, "'x-amz-copy-source'");

  request = presigned({.method = "PUT", .fields = {{"x-amz-meta-a", "1,2"}}});
  request.field("x-amz-meta-a") = "1";
  request.add("x-amz-meta-a", "2");
  EXPECT_TRUE(request.accepted());
}

}  // namespace
}  // namespace signpost::sigv4
