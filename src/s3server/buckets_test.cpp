// Buckets, their listings, their CORS configuration and what it grants.
#include <gtest/gtest.h>

#include "s3server/server_fixture.hpp"

namespace signpost::s3server {
namespace {

class Buckets : public ServerFixture {
 protected:
  void SetUp() override { make_bucket(); }

  Answer list(std::vector<sigv4::QueryParameter> query) const {
    return send({.bucket = "bucket", .query = std::move(query)});
  }
  Answer put_cors(const std::string& body) const {
    return send({.method = "PUT", .bucket = "bucket", .query = {{"cors", ""}}, .body = body});
  }
  Answer preflight(const std::vector<FieldView>& fields, const std::string& path = "/bucket/key") {
    return talk(assemble("OPTIONS", path, address_, fields, ""));
  }
};

std::string between(const std::string& text, const std::string& open, const std::string& close) {
  auto at = text.find(open);
  if (at == std::string::npos) return "";
  at += open.size();
  return text.substr(at, text.find(close, at) - at);
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at) ++n;
  return n;
}

TEST_F(Buckets, ComeAndGo) {
  EXPECT_EQ(send({.method = "PUT", .bucket = "bucket"}).status, 200u);
  EXPECT_EQ(send({.method = "HEAD", .bucket = "bucket"}).field("x-amz-bucket-region"), "us-east-1");
  EXPECT_EQ(send({.method = "HEAD", .bucket = "none"}).status, 404u);
  EXPECT_TRUE(send({}).body.contains("<Name>bucket</Name>"));
  EXPECT_TRUE(send({.method = "PUT", .bucket = "Bad_Name"}).has_code("InvalidBucketName"));
  Answer bytes = send({.method = "PUT", .bucket = "bucket", .key = "\xFF"});
  EXPECT_TRUE(bytes.has_code("InvalidArgument"));
  EXPECT_TRUE(bytes.body.contains("<Resource>/bucket/%FF</Resource>")) << bytes.body;
  put("x", "1");
  EXPECT_TRUE(send({.method = "DELETE", .bucket = "bucket"}).has_code("BucketNotEmpty"));
  send({.method = "DELETE", .bucket = "bucket", .key = "x"});
  EXPECT_EQ(send({.method = "DELETE", .bucket = "bucket"}).status, 204u);
  EXPECT_TRUE(send({.method = "DELETE", .bucket = "bucket"}).has_code("NoSuchBucket"));
}

TEST_F(Buckets, AreListedThemselvesByPages) {
  for (const char* name : {"pre-a", "pre-b", "pre-c"}) make_bucket(name);
  std::string body = send({.query = {{"prefix", "pre-"}, {"max-buckets", "2"}}}).body;
  EXPECT_EQ(count(body, "<Bucket>"), 2u) << body;
  std::string token = between(body, "<ContinuationToken>", "<");
  body = send({.query = {{"prefix", "pre-"}, {"continuation-token", token}}}).body;
  EXPECT_EQ(count(body, "<Bucket>"), 1u) << body;
  EXPECT_TRUE(body.contains("<Name>pre-c</Name>"));
  EXPECT_TRUE(send({.query = {{"max-buckets", "0"}}}).has_code("InvalidArgument"));
}

TEST_F(Buckets, SayWhatTheyAre) {
  auto ask = [&](const char* what) { return list({{what, ""}}).body; };
  EXPECT_TRUE(ask("location").ends_with("2006-03-01/\"></LocationConstraint>")) << ask("location");
  EXPECT_TRUE(ask("versioning").contains("<VersioningConfiguration"));
  EXPECT_TRUE(ask("acl").contains("<Permission>FULL_CONTROL</Permission>"));
  EXPECT_TRUE(ask("policy").contains("NotImplemented"));
  std::string elsewhere =
      "<CreateBucketConfiguration><LocationConstraint>eu-x-1</LocationConstraint>"
      "</CreateBucketConfiguration>";
  EXPECT_EQ(send({.method = "PUT", .bucket = "other", .body = elsewhere}).status, 400u);
  EXPECT_EQ(send({.method = "HEAD", .bucket = "other"}).status, 404u);
}

TEST_F(Buckets, AclsAreOff) {
  Request request{.method = "PUT", .bucket = "bucket", .query = {{"acl", ""}}};
  request.fields = {{"x-amz-acl", "private"}};
  EXPECT_EQ(send(request).status, 200u);
  request.fields = {{"x-amz-acl", "public-read"}};
  EXPECT_TRUE(send(request).has_code("AccessControlListNotSupported"));
  request.fields = {};
  EXPECT_EQ(send(request).status, 400u);
  request.body = send({.bucket = "bucket", .query = {{"acl", ""}}}).body;
  EXPECT_EQ(send(request).status, 200u);
  request.body.replace(request.body.find("FULL_CONTROL"), 12, "READ");
  EXPECT_TRUE(send(request).has_code("AccessControlListNotSupported"));
}

TEST_F(Buckets, AreListedByPages) {
  for (const char* key : {"a", "b/1", "b/2", "c", "d/1", "e&<\x01"}) put(key, "x");
  std::string body = list({{"list-type", "2"}, {"delimiter", "/"}}).body;
  EXPECT_TRUE(body.contains("<KeyCount>5</KeyCount>")) << body;
  EXPECT_TRUE(body.contains("<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>"));
  EXPECT_TRUE(body.contains("<Key>e&amp;&lt;&#x1;</Key>"));
  EXPECT_FALSE(body.contains("<Owner>"));
  EXPECT_TRUE(list({{"list-type", "2"}, {"encoding-type", "url"}}).body.contains("e%26%3C%01"));
  EXPECT_TRUE(list({{"list-type", "2"}, {"max-keys", "0"}}).body.contains("<IsTruncated>false"));
  EXPECT_TRUE(list({{"list-type", "2"}, {"continuation-token", "!"}}).has_code("InvalidArgument"));
  EXPECT_EQ(count(list({{"prefix", "b/"}}).body, "<Contents>"), 2u);

  std::string token;
  std::string seen;
  for (int page = 0; page < 10; ++page) {
    std::vector<sigv4::QueryParameter> query = {
        {"list-type", "2"}, {"delimiter", "/"}, {"max-keys", "1"}};
    if (page > 0) query.push_back({"continuation-token", token});
    body = list(query).body;
    seen += between(body, "<Contents><Key>", "<") + between(body, "<CommonPrefixes><Prefix>", "<");
    seen += ' ';
    if (body.contains("<IsTruncated>false")) break;
    token = between(body, "<NextContinuationToken>", "<");
    ASSERT_FALSE(token.empty());
  }
  EXPECT_EQ(seen, "a b/ c d/ e&amp;&lt;&#x1; ");
}

TEST_F(Buckets, AreListedInTheOldWaysToo) {
  for (const char* key : {"a", "b/1", "b/2", "c"}) put(key, "x");
  std::string body = list({{"delimiter", "/"}, {"max-keys", "2"}}).body;
  EXPECT_EQ(between(body, "<NextMarker>", "<"), "b/") << body;
  body = list({{"delimiter", "/"}, {"marker", "b/"}}).body;
  EXPECT_EQ(between(body, "<Contents><Key>", "<"), "c");
  EXPECT_FALSE(body.contains("<CommonPrefixes>"));
  EXPECT_EQ(count(list({{"marker", "a"}}).body, "<Contents>"), 3u);
  body = list({{"versions", ""}}).body;
  EXPECT_EQ(count(body, "<VersionId>null</VersionId><IsLatest>true</IsLatest>"), 4u) << body;
}

constexpr const char* rules =
    "<CORSConfiguration><CORSRule><AllowedOrigin>https://app.example</AllowedOrigin>"
    "<AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>"
    "<AllowedHeader>content-type</AllowedHeader><ExposeHeader>ETag</ExposeHeader>"
    "<MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>";

TEST_F(Buckets, KeepACorsConfiguration) {
  Request get_cors{.bucket = "bucket", .query = {{"cors", ""}}};
  EXPECT_TRUE(send(get_cors).has_code("NoSuchCORSConfiguration"));
  EXPECT_TRUE(put_cors("<CORSConfiguration/>").has_code("MalformedXML"));
  EXPECT_EQ(put_cors(rules).status, 200u);
  EXPECT_TRUE(send(get_cors).body.contains("<AllowedOrigin>https://app.example</AllowedOrigin>"));
  Request unclaimed{.method = "PUT",
                    .bucket = "bucket",
                    .query = {{"cors", ""}},
                    .body = rules,
                    .payload_hash = "UNSIGNED-PAYLOAD"};
  EXPECT_TRUE(send(unclaimed).has_code("InvalidRequest"));
  EXPECT_EQ(send({.method = "DELETE", .bucket = "bucket", .query = {{"cors", ""}}}).status, 204u);
  EXPECT_EQ(send(get_cors).status, 404u);
}

TEST_F(Buckets, AnswerPreflights) {
  std::vector<FieldView> good = {{"Origin", "https://app.example"},
                                 {"Access-Control-Request-Method", "PUT"},
                                 {"Access-Control-Request-Headers", "Content-Type"}};
  EXPECT_EQ(preflight(good).status, 403u);
  put_cors(rules);
  Answer answer = preflight(good, presign("PUT", "bucket", "key"));
  EXPECT_EQ(answer.status, 200u) << answer.body;
  EXPECT_EQ(answer.field("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_EQ(answer.field("Access-Control-Allow-Methods"), "GET, PUT");
  EXPECT_EQ(answer.field("Access-Control-Allow-Headers"), "content-type");
  EXPECT_EQ(answer.field("Access-Control-Expose-Headers"), "ETag");
  EXPECT_EQ(answer.field("Access-Control-Max-Age"), "60");
  EXPECT_TRUE(answer.field("Vary").contains("Origin"));

  EXPECT_EQ(preflight({}).status, 400u);
  EXPECT_EQ(preflight({good[0]}).status, 400u);
  EXPECT_EQ(preflight({good[0], {"Access-Control-Request-Method", "PATCH"}}).status, 400u);
  EXPECT_EQ(preflight(good, "/none/key").status, 403u);
  for (const char* origin : {"https://evil", "https://app.example.evil", "null",
                             "https://evilapp.example", "HTTPS://APP.EXAMPLE"}) {
    answer = preflight({{"Origin", origin}, good[1]});
    EXPECT_EQ(answer.status, 403u) << origin;
    EXPECT_TRUE(answer.has_code("AccessForbidden"));
    EXPECT_EQ(answer.field("Access-Control-Allow-Origin"), "");
  }
}

TEST_F(Buckets, GrantCorsOnEveryAnswer) {
  put_cors(rules);
  put("x", "body");
  FieldView origin{"Origin", "https://app.example"};
  auto grant = [](const Answer& answer) { return answer.field("Access-Control-Allow-Origin"); };
  EXPECT_EQ(grant(get("x", {origin})), origin.value);
  Answer missing = get("none", {origin});
  EXPECT_EQ(missing.status, 404u);
  EXPECT_EQ(grant(missing), origin.value);
  Answer denied = talk(assemble("GET", "/bucket/x", address_, {origin}, ""));
  EXPECT_EQ(denied.status, 403u);
  EXPECT_EQ(grant(denied), origin.value);
  EXPECT_EQ(grant(get("x", {origin, {"If-Match", "\"no\""}})), origin.value);
  Answer other = get("x", {{"Origin", "https://evil"}});
  EXPECT_EQ(other.body, "body");
  EXPECT_EQ(grant(other), "");
  EXPECT_TRUE(other.field("Vary").contains("Origin"));
  EXPECT_TRUE(get("x").field("Vary").contains("Origin"));
  send({.method = "DELETE", .bucket = "bucket", .query = {{"cors", ""}}});
  EXPECT_EQ(grant(get("x", {origin})), "");
}

}  // namespace
}  // namespace signpost::s3server
