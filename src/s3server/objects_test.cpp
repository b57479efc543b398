// Objects through a real listener: what is put comes back, and what is not right is not kept.
#include <gtest/gtest.h>

#include <atomic>

#include "base/base64.hpp"
#include "s3/checksum.hpp"
#include "s3server/server_fixture.hpp"

namespace signpost::s3server {
namespace {

class Objects : public ServerFixture {
 protected:
  void SetUp() override { make_bucket(); }
  void expect_absent(const std::string& key) const { EXPECT_EQ(get(key).status, 404u) << key; }
};

std::string md5_base64(std::string_view body) {
  return base64_encode(as_bytes_view(Md5().update(body).finish()));
}

TEST_F(Objects, ComeBackAsTheyWerePut) {
  Answer stored = put("a b/ü+?.txt", "hello",
                      {{"Content-Type", "text/plain"},
                       {"Cache-Control", "max-age=5"},
                       {"Content-Encoding", "aws-chunked, gzip"},
                       {"x-amz-meta-Colour", "blue"}});
  EXPECT_EQ(stored.status, 200u) << stored.body;
  EXPECT_EQ(stored.field("ETag"), "\"5d41402abc4b2a76b9719d911017c592\"");
  Answer got = get("a b/ü+?.txt");
  EXPECT_EQ(got.status, 200u);
  EXPECT_EQ(got.body, "hello");
  EXPECT_EQ(got.field("Content-Type"), "text/plain");
  EXPECT_EQ(got.field("Cache-Control"), "max-age=5");
  EXPECT_EQ(got.field("Content-Encoding"), "gzip");
  EXPECT_EQ(got.field("x-amz-meta-colour"), "blue");
  EXPECT_EQ(got.field("Accept-Ranges"), "bytes");
  EXPECT_EQ(got.field("ETag"), stored.field("ETag"));
  EXPECT_EQ(got.field("x-amz-request-id").size(), 16u);
  EXPECT_TRUE(got.field("Last-Modified").ends_with(" GMT"));
  Answer head = send({.method = "HEAD", .bucket = "bucket", .key = "a b/ü+?.txt"});
  EXPECT_EQ(head.status, 200u);
  EXPECT_EQ(head.field("Content-Length"), "5");
  EXPECT_EQ(head.body, "");
}

TEST_F(Objects, OfManySizesComeBackWhole) {
  for (std::size_t size : {0u, 1u, 65536u, 262143u, 262144u, 262145u, 3'000'000u}) {
    std::string body;
    for (std::size_t i = 0; body.size() < size; ++i) body += fmt::format("{:08x}", i * 2654435761u);
    body.resize(size);
    ASSERT_EQ(put("k", body).status, 200u) << size;
    Answer got = get("k");
    EXPECT_EQ(got.status, 200u);
    EXPECT_TRUE(got.body == body) << size;
    EXPECT_EQ(got.field("Content-Type"), "binary/octet-stream");
  }
}

TEST_F(Objects, AreKeptOnlyIfTheBodyIsWhatWasSaid) {
  std::string other = hex_encode(sha256("other"));
  Answer answer = send(
      {.method = "PUT", .bucket = "bucket", .key = "x", .body = "body", .payload_hash = other});
  EXPECT_EQ(answer.status, 400u);
  EXPECT_TRUE(answer.has_code("XAmzContentSHA256Mismatch")) << answer.body;
  expect_absent("x");

  std::string wrong_md5 = md5_base64("other");
  EXPECT_TRUE(put("x", "body", {{"Content-MD5", wrong_md5}}).has_code("BadDigest"));
  EXPECT_TRUE(put("x", "body", {{"Content-MD5", "bad"}}).has_code("InvalidDigest"));
  EXPECT_TRUE(put("x", "body", {{"Content-MD5", ""}}).has_code("InvalidDigest"));
  for (auto algorithm : s3::checksum_algorithms) {
    std::string wrong = base64_encode(s3::Checksum(algorithm).update("other").finish());
    EXPECT_TRUE(put("x", "body", {{s3::header_name(algorithm), wrong}}).has_code("BadDigest"));
    EXPECT_TRUE(
        put("x", "body", {{s3::header_name(algorithm), "AA=="}}).has_code("InvalidRequest"));
  }
  EXPECT_TRUE(put("x", "body",
                  {{"x-amz-checksum-crc32", "AAAAAA=="}, {"x-amz-checksum-crc32c", "AAAAAA=="}})
                  .has_code("InvalidRequest"));
  EXPECT_TRUE(
      put("x", "body", {{"x-amz-sdk-checksum-algorithm", "CRC32"}}).has_code("InvalidRequest"));
  EXPECT_TRUE(put("x", "body", {{"x-amz-checksum-md5", "AA=="}}).has_code("NotImplemented"));
  expect_absent("x");
}

TEST_F(Objects, KeepTheirChecksum) {
  for (auto algorithm : s3::checksum_algorithms) {
    std::string right = base64_encode(s3::Checksum(algorithm).update("body").finish());
    std::string name(s3::header_name(algorithm));
    std::string md5 = md5_base64("body");
    Answer stored = put("x", "body", {{name, right}, {"Content-MD5", md5}});
    EXPECT_EQ(stored.status, 200u) << stored.body;
    EXPECT_EQ(stored.field(name), right);
    EXPECT_EQ(get("x").field(name), "");
    EXPECT_EQ(get("x", {{"x-amz-checksum-mode", "ENABLED"}}).field(name), right);
    EXPECT_EQ(get("x", {{"x-amz-checksum-mode", "ENABLED"}, {"Range", "bytes=0-1"}}).field(name),
              "");
  }
}

TEST_F(Objects, NeedALength) {
  Request chunked{.method = "PUT",
                  .bucket = "bucket",
                  .key = "x",
                  .unsigned_fields = {{"Transfer-Encoding", "chunked"}},
                  .body = "4\r\nbody\r\n0\r\n\r\n",
                  .payload_hash = "UNSIGNED-PAYLOAD"};
  EXPECT_EQ(send(chunked).status, 200u);
  EXPECT_EQ(get("x").body, "body");
  send({.method = "DELETE", .bucket = "bucket", .key = "x"});
  std::string unsaid = sign({.method = "PUT", .bucket = "bucket", .key = "x"});
  const std::string length = "Content-Length: 0\r\n";
  Answer answer = talk(unsaid.replace(unsaid.find(length), length.size(), ""));
  EXPECT_EQ(answer.status, 411u) << answer.body;
  EXPECT_TRUE(answer.has_code("MissingContentLength"));
  Request huge{.method = "PUT",
               .bucket = "bucket",
               .key = "x",
               .unsigned_fields = {{"Content-Length", "5368709121"}},
               .payload_hash = "UNSIGNED-PAYLOAD"};
  EXPECT_TRUE(send(huge).has_code("EntityTooLarge"));
  Request cut{.method = "PUT",
              .bucket = "bucket",
              .key = "x",
              .unsigned_fields = {{"Content-Length", "1000000"}},
              .body = std::string(500'000, 'x'),
              .payload_hash = "UNSIGNED-PAYLOAD"};
  answer = talk(sign(cut), true);
  EXPECT_TRUE(answer.has_code("IncompleteBody")) << answer.head << answer.body;
  expect_absent("x");
}

TEST_F(Objects, WriteConditions) {
  EXPECT_EQ(put("x", "one", {{"If-None-Match", "*"}}).status, 200u);
  EXPECT_TRUE(put("x", "two", {{"If-None-Match", "*"}}).has_code("PreconditionFailed"));
  EXPECT_TRUE(put("x", "two", {{"If-Match", "\"abc\""}}).has_code("PreconditionFailed"));
  EXPECT_EQ(put("none", "two", {{"If-Match", "\"abc\""}}).status, 404u);
  EXPECT_EQ(get("x").body, "one");
  std::string etag = get("x").field("ETag");
  EXPECT_EQ(put("x", "two", {{"If-Match", etag}}).status, 200u);
  EXPECT_EQ(get("x").body, "two");
  Request remove{
      .method = "DELETE", .bucket = "bucket", .key = "x", .fields = {{"If-Match", etag}}};
  EXPECT_EQ(send(remove).status, 412u);
  EXPECT_EQ(get("x").body, "two");
}

TEST_F(Objects, OneOfManyWritersWins) {
  std::atomic<int> won{0};
  std::atomic<int> lost{0};
  std::vector<std::thread> writers;
  for (int i = 0; i < 16; ++i) {
    writers.emplace_back([&, i] {
      Answer answer = put("race", std::to_string(i), {{"If-None-Match", "*"}});
      if (answer.status == 200) ++won;
      if (answer.status == 412 || answer.status == 409) ++lost;
    });
  }
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, 15);
}

TEST_F(Objects, Metadata) {
  std::string fits(2048 - 1, 'v');
  EXPECT_EQ(put("x", "", {{"x-amz-meta-a", fits}}).status, 200u);
  EXPECT_TRUE(put("x", "", {{"x-amz-meta-ab", fits}}).has_code("MetadataTooLarge"));
}

TEST_F(Objects, WhatIsNotImplementedIsRefused) {
  for (const char* name : {"x-amz-website-redirect-location", "x-amz-server-side-encryption",
                           "x-amz-object-lock-mode", "x-amz-something-new"}) {
    Answer answer = put("x", "body", {{name, "a"}});
    EXPECT_EQ(answer.status, 501u) << name;
    EXPECT_TRUE(answer.has_code("NotImplemented"));
  }
  EXPECT_EQ(put("x", "body", {{"x-amz-storage-class", "GLACIER"}}).status, 501u);
  EXPECT_TRUE(
      put("x", "body", {{"x-amz-acl", "public-read"}}).has_code("AccessControlListNotSupported"));
  EXPECT_TRUE(
      put("x", "body", {{"x-amz-grant-read", "id=x"}}).has_code("AccessControlListNotSupported"));
  EXPECT_EQ(put("x", "body", {{"x-amz-expected-bucket-owner", "bob"}}).status, 403u);
  expect_absent("x");
  EXPECT_EQ(
      put("x", "body", {{"x-amz-storage-class", "STANDARD"}, {"x-amz-acl", "private"}}).status,
      200u);
}

TEST_F(Objects, Ranges) {
  put("x", "0123456789");
  struct Case {
    const char* range;
    unsigned status;
    const char* body;
    const char* content_range;
  };
  for (const Case& c :
       std::vector<Case>{{"bytes=2-4", 206, "234", "bytes 2-4/10"},
                         {"bytes=7-", 206, "789", "bytes 7-9/10"},
                         {"bytes=-3", 206, "789", "bytes 7-9/10"},
                         {"bytes=0-18446744073709551615", 206, "0123456789", "bytes 0-9/10"},
                         {"bytes=0-99999999999999999999999", 206, "0123456789", "bytes 0-9/10"},
                         {"bytes=5-2", 200, "0123456789", ""},
                         {"items=0-1", 200, "0123456789", ""},
                         {"bytes=a-b", 200, "0123456789", ""},
                         {"bytes=0-1,3-4", 200, "0123456789", ""}}) {
    Answer answer = get("x", {{"Range", c.range}});
    EXPECT_EQ(answer.status, c.status) << c.range;
    EXPECT_EQ(answer.body, c.body) << c.range;
    EXPECT_EQ(answer.field("Content-Range"), c.content_range) << c.range;
  }
  for (const char* range : {"bytes=18446744073709551615-", "bytes=-0", "bytes=10-"}) {
    Answer answer = get("x", {{"Range", range}});
    EXPECT_EQ(answer.status, 416u) << range;
    EXPECT_TRUE(answer.has_code("InvalidRange"));
    EXPECT_EQ(answer.field("Content-Range"), "bytes */10");
  }
  EXPECT_EQ(get("x", {{"Range", "bytes=0-1"}, {"If-Range", "\"stale\""}}).status, 200u);
  std::string etag = get("x").field("ETag");
  EXPECT_EQ(get("x", {{"Range", "bytes=0-1"}, {"If-Range", etag}}).status, 206u);
  std::string many = "bytes=0-0";
  for (int i = 0; i < 999; ++i) many += ",0-0";
  EXPECT_EQ(get("x", {{"Range", many}}).body, "0123456789");
  put("empty", "");
  EXPECT_EQ(get("empty", {{"Range", "bytes=0-"}}).status, 416u);
}

TEST_F(Objects, Conditionals) {
  put("x", "body", {{"Cache-Control", "no-cache"}});
  Answer plain = get("x");
  std::string etag = plain.field("ETag");
  std::string date = plain.field("Last-Modified");
  Answer unchanged = get("x", {{"If-None-Match", etag}});
  EXPECT_EQ(unchanged.status, 304u);
  EXPECT_EQ(unchanged.body, "");
  EXPECT_EQ(unchanged.field("ETag"), etag);
  EXPECT_EQ(unchanged.field("Last-Modified"), date);
  EXPECT_EQ(get("x", {{"If-Modified-Since", date}}).status, 304u);
  EXPECT_EQ(get("x", {{"If-None-Match", "\"a\""}, {"If-Modified-Since", date}}).status, 200u);
  EXPECT_EQ(get("x", {{"If-Match", "\"a\""}}).status, 412u);
  const char* past = "Sun, 06 Nov 1994 08:49:37 GMT";
  EXPECT_EQ(get("x", {{"If-Unmodified-Since", past}}).status, 412u);
  EXPECT_EQ(get("x", {{"If-Match", etag}, {"If-Unmodified-Since", past}}).status, 200u);
}

TEST_F(Objects, Overrides) {
  put("x", "body", {{"Content-Type", "text/plain"}});
  std::vector<sigv4::QueryParameter> query = {
      {"response-content-type", "image/png"},
      {"response-content-disposition", "attachment; filename=\"a.png\""}};
  std::string target = presign("GET", "bucket", "x", std::chrono::seconds(60), query);
  Answer answer = send_presigned("GET", target);
  EXPECT_EQ(answer.status, 200u) << answer.body;
  EXPECT_EQ(answer.field("Content-Type"), "image/png");
  EXPECT_EQ(answer.field("Content-Disposition"), "attachment; filename=\"a.png\"");
  query = {{"response-content-type", "a\r\nSet-Cookie: b"}};
  target = presign("GET", "bucket", "x", std::chrono::seconds(60), query);
  answer = send_presigned("GET", target);
  EXPECT_EQ(answer.status, 400u);
  EXPECT_FALSE(answer.head.contains("Set-Cookie"));
}

TEST_F(Objects, Copies) {
  put("from ?", "body", {{"Content-Type", "text/plain"}, {"x-amz-meta-a", "1"}});
  auto copy = [&](const std::string& to, std::vector<FieldView> fields) {
    return send({.method = "PUT", .bucket = "bucket", .key = to, .fields = std::move(fields)});
  };
  Answer answer = copy("to", {{"x-amz-copy-source", "/bucket/from%20%3F"}});
  EXPECT_EQ(answer.status, 200u) << answer.body;
  EXPECT_TRUE(answer.body.contains("<CopyObjectResult"));
  EXPECT_EQ(get("to").body, "body");
  EXPECT_EQ(get("to").field("x-amz-meta-a"), "1");
  EXPECT_EQ(copy("to", {{"x-amz-copy-source", "bucket/from%20%3F"},
                        {"x-amz-metadata-directive", "REPLACE"},
                        {"x-amz-checksum-algorithm", "SHA256"}})
                .status,
            200u);
  EXPECT_EQ(get("to").field("x-amz-meta-a"), "");
  EXPECT_EQ(get("to", {{"x-amz-checksum-mode", "ENABLED"}}).field("x-amz-checksum-sha256"),
            base64_encode(as_bytes_view(sha256("body"))));
  EXPECT_TRUE(copy("to", {{"x-amz-copy-source", "bucket/to"}}).has_code("InvalidRequest"));
  EXPECT_TRUE(copy("new", {{"x-amz-copy-source", "bucket/none"}}).has_code("NoSuchKey"));
  EXPECT_TRUE(copy("new", {{"x-amz-copy-source", "nobucket/a"}}).has_code("NoSuchBucket"));
  EXPECT_TRUE(copy("new", {{"x-amz-copy-source", "bucket"}}).has_code("InvalidArgument"));
  EXPECT_EQ(copy("new", {{"x-amz-copy-source", "bucket/to"},
                         {"x-amz-copy-source-if-none-match", get("to").field("ETag")}})
                .status,
            412u);
  EXPECT_EQ(copy("to", {{"x-amz-copy-source", "bucket/from%20%3F"}, {"If-None-Match", "*"}}).status,
            412u);
  expect_absent("new");
}

TEST_F(Objects, DeletingIsRepeatable) {
  put("x", "body");
  Request remove{.method = "DELETE", .bucket = "bucket", .key = "x"};
  EXPECT_EQ(send(remove).status, 204u);
  expect_absent("x");
  EXPECT_EQ(send(remove).status, 204u);
}

TEST_F(Objects, DeletingMany) {
  put("a", "1");
  put("b<&", "2");
  put("c", "3");
  std::string body =
      "<Delete><Object><Key>a</Key></Object><Object><Key>b&lt;&amp;</Key>"
      "<VersionId>null</VersionId></Object><Object><Key>none</Key></Object></Delete>";
  Request request{.method = "POST", .bucket = "bucket", .query = {{"delete", ""}}, .body = body};
  Answer answer = send(request);
  EXPECT_EQ(answer.status, 200u) << answer.body;
  EXPECT_TRUE(answer.body.contains("<Deleted><Key>a</Key></Deleted>"));
  EXPECT_TRUE(answer.body.contains("<Key>none</Key>"));
  expect_absent("a");
  expect_absent("b<&");
  EXPECT_EQ(get("c").status, 200u);
  std::string many = "<Delete>";
  for (int i = 0; i < 1001; ++i) many += "<Object><Key>c</Key></Object>";
  for (const std::string& bad :
       {many + "</Delete>", std::string("<Delete></Delete>"),
        std::string("<Delete><Object><Key>c&#0;</Key></Object></Delete>"),
        std::string("<!DOCTYPE x><Delete><Object><Key>c</Key></Object></Delete>")}) {
    request.body = bad;
    answer = send(request);
    EXPECT_EQ(answer.status, 400u);
    EXPECT_TRUE(answer.has_code("MalformedXML")) << answer.body;
  }
  request.body = std::string(2 * 1024 * 1024, ' ');
  EXPECT_TRUE(send(request).has_code("MaxMessageLengthExceeded"));
  EXPECT_EQ(get("c").status, 200u);
}

}  // namespace
}  // namespace signpost::s3server
