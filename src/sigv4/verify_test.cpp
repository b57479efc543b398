#include "sigv4/verify.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "base/ascii.hpp"
#include "base/percent.hpp"
#include "sigv4/presign.hpp"
#include "sigv4/sign_header.hpp"

namespace signpost::sigv4 {
namespace {

constexpr const char* akid = "AKIAIOSFODNN7EXAMPLE";
constexpr const char* secret_text = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const AmzDate signed_at = *AmzDate::parse("20261124T040506Z");
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Credentials credentials() {
  return {.access_key_id = akid, .secret_access_key = Secret(secret_text)};
}

Endpoint store() {
  return *Endpoint::parse("http://127.0.0.1:9000", Addressing::path_style);
}

// A request as it arrives, to be spoilt by a test.
struct Request {
  std::string method, path, query;
  std::deque<std::pair<std::string, std::string>> fields;
  UnixSeconds now = signed_at.time() + seconds(1);
  SessionTokens tokens = SessionTokens::refuse;
  std::string known_secret = secret_text;

  std::expected<Identity, Rejection> verify() const {
    std::vector<FieldView> views;
    for (const auto& [name, value] : fields) views.push_back({name, value});
    const Verifier verifier({.region = "us-east-1", .session_tokens = tokens},
                            [this](std::string_view id) -> std::optional<Secret> {
                              if (id != akid) return std::nullopt;
                              return Secret(known_secret);
                            });
    return verifier.verify({method, path, query, views}, now);
  }
  bool accepted() const {
    const auto outcome = verify();
    return outcome && std::holds_alternative<Verified>(*outcome);
  }
  bool anonymous() const {
    const auto outcome = verify();
    return outcome && std::holds_alternative<Anonymous>(*outcome);
  }
  Request& add(std::string name, std::string value) {
    fields.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  std::string& field(std::string_view name) {
    for (auto& [key, value] : fields)
      if (equal_ignoring_case(key, name)) return value;
    ADD_FAILURE() << "no field " << name;
    return fields.front().second;
  }
  void remove(std::string_view name) {
    std::erase_if(fields, [&](const auto& f) { return equal_ignoring_case(f.first, name); });
  }
  // Replaces the first occurrence in the query, or in the Authorization field.
  Request& in_query(std::string_view from, std::string_view to) { return swap(query, from, to); }
  Request& in_header(std::string_view from, std::string_view to) {
    return swap(field("authorization"), from, to);
  }

 private:
  Request& swap(std::string& text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    if (at == std::string::npos)
      ADD_FAILURE() << from << " is not in " << text;
    else
      text.replace(at, from.size(), to);
    return *this;
  }
};

struct PresignOptions {
  std::string method = "GET";
  std::string key = "a";
  seconds expires = minutes(3);
  std::vector<QueryParameter> query = {};
  std::vector<FieldView> fields = {};
  std::string token = {};
  AmzDate date = signed_at;
};

Request presigned(const PresignOptions& options = {}) {
  Credentials who = credentials();
  who.session_token = Secret(options.token);
  const Presigner presigner(std::move(who), "us-east-1", store());
  const std::string url = presigner.presign({.method = options.method,
                                             .bucket = "photos",
                                             .key = options.key,
                                             .query = options.query,
                                             .signed_fields = options.fields,
                                             .date = options.date,
                                             .expires = options.expires});
  const auto slash = url.find('/', 8), question = url.find('?');
  Request out{.method = options.method,
              .path = url.substr(slash, question - slash),
              .query = url.substr(question + 1)};
  out.add("Host", "127.0.0.1:9000");
  for (const FieldView& field : options.fields)
    out.add(std::string(field.name), std::string(field.value));
  return out;
}

struct SignOptions {
  std::string method = "GET";
  std::vector<QueryParameter> query = {};
  std::vector<FieldView> fields = {};
  std::string payload_hash = std::string(empty_payload);
  std::string token = {};
};

Request header_signed(const SignOptions& options = {}) {
  Credentials who = credentials();
  who.session_token = Secret(options.token);
  const HeaderSigner signer(std::move(who), "us-east-1", store());
  const SignedRequest made = signer.sign({.method = options.method,
                                          .bucket = "photos",
                                          .key = "a",
                                          .query = options.query,
                                          .signed_fields = options.fields,
                                          .payload_hash = options.payload_hash,
                                          .date = signed_at});
  const auto question = std::min(made.target.find('?'), made.target.size());
  Request out{.method = options.method,
              .path = made.target.substr(0, question),
              .query = question < made.target.size() ? made.target.substr(question + 1) : ""};
  out.add("Host", made.host);
  for (const auto& [name, value] : made.fields) out.add(name, value);
  for (const FieldView& field : options.fields)
    out.add(std::string(field.name), std::string(field.value));
  return out;
}

// The refusal, with its detail of that name where one is wanted.
void expect_refusal(const Request& request, Refusal refusal, std::string_view message_part = "") {
  const auto outcome = request.verify();
  ASSERT_FALSE(outcome.has_value()) << request.query;
  EXPECT_EQ(outcome.error().refusal, refusal)
      << s3_code(outcome.error().refusal) << ": " << outcome.error().message;
  EXPECT_NE(outcome.error().message.find(message_part), std::string::npos)
      << outcome.error().message;
}

std::string detail(const Request& request, std::string_view name) {
  const auto outcome = request.verify();
  if (outcome) return "(accepted)";
  for (const auto& [key, value] : outcome.error().details)
    if (key == name) return value;
  return "(absent)";
}

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

// SECURITY.md B1 to B3.
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
  request.now = signed_at.time() + seconds(181);
  expect_refusal(request, Refusal::expired, "Request has expired");
  EXPECT_EQ(detail(request, "X-Amz-Expires"), "180");
  EXPECT_EQ(detail(request, "Expires"), "2026-11-24T04:08:06Z");
  EXPECT_EQ(detail(request, "ServerTime"), "2026-11-24T04:08:07Z");

  request = presigned({.expires = hours(24 * 7)});
  request.now = signed_at.time() + hours(24 * 7);
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
  std::optional<Secret> secret{Secret(secret_text)};
  const Verifier verifier({.region = "us-east-1"}, [&](std::string_view) { return secret; });
  const FieldView fields[] = {{"Host", "127.0.0.1:9000"}};
  const RequestView view{request.method, request.path, request.query, fields};
  EXPECT_TRUE(verifier.verify(view, request.now));
  EXPECT_TRUE(verifier.verify(view, request.now));
  secret = Secret("another");
  EXPECT_EQ(verifier.verify(view, request.now).error().refusal, Refusal::signature_mismatch);
  secret = std::nullopt;
  EXPECT_EQ(verifier.verify(view, request.now).error().refusal, Refusal::unknown_access_key);
  secret = Secret(secret_text);
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
