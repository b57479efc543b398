// Who is let in, and what everybody else learns.
#include <gtest/gtest.h>

#include "s3server/server_fixture.hpp"

namespace signpost::s3server {
namespace {

using std::chrono::seconds;

class Access : public ServerFixture {
 protected:
  void SetUp() override {
    make_bucket();
    put("key", "secret bytes");
  }
};

TEST_F(Access, NothingWithoutASignature) {
  for (std::string method : {"GET", "HEAD", "PUT", "DELETE"}) {
    for (std::string path : {"/bucket/key", "/bucket/none", "/bucket", "/"}) {
      Answer answer = talk(assemble(method, path, address_, {}, ""), false, method == "HEAD");
      EXPECT_EQ(answer.status, 403u) << method << " " << path;
      EXPECT_FALSE(answer.body.contains("secret bytes"));
    }
  }
  for (const char* method : {"TRACE", "PATCH", "PROPFIND"})
    EXPECT_EQ(talk(assemble(method, "/bucket/key", address_, {}, "")).status, 405u) << method;
  EXPECT_TRUE(talk(assemble("GET", "/nobucket/key", address_, {}, "")).has_code("NoSuchBucket"));
  EXPECT_EQ(get("key").body, "secret bytes");
}

TEST_F(Access, NothingOfAnotherOwners) {
  Request request{.bucket = "bucket", .key = "key"};
  EXPECT_EQ(talk(sign(request, "AKIDOTHER", "another-secret")).status, 403u);
  request.key = "none";
  EXPECT_EQ(talk(sign(request, "AKIDOTHER", "another-secret")).status, 403u);
  request = {.method = "PUT", .bucket = "bucket"};
  EXPECT_TRUE(talk(sign(request, "AKIDOTHER", "another-secret")).has_code("BucketAlreadyExists"));
  request = {.method = "PUT", .bucket = "bobs"};
  EXPECT_EQ(talk(sign(request, "AKIDOTHER", "another-secret")).status, 200u);
  request = {.method = "PUT",
             .bucket = "bobs",
             .key = "stolen",
             .fields = {{"x-amz-copy-source", "/bucket/key"}}};
  EXPECT_TRUE(talk(sign(request, "AKIDOTHER", "another-secret")).has_code("AccessDenied"));
}

TEST_F(Access, TheWrongKeyIsNamedAndTheSignatureIsNot) {
  Request request{.bucket = "bucket", .key = "key"};
  EXPECT_TRUE(talk(sign(request, "AKIDNOBODY", "x")).has_code("InvalidAccessKeyId"));
  Answer answer = talk(sign(request, access_key, "wrong"));
  EXPECT_EQ(answer.status, 403u);
  EXPECT_TRUE(answer.has_code("SignatureDoesNotMatch"));
  EXPECT_TRUE(answer.body.contains("<StringToSign>AWS4-HMAC-SHA256"));
  EXPECT_TRUE(answer.body.contains("<CanonicalRequest>GET"));
  EXPECT_TRUE(answer.body.contains("<Resource>/bucket/key</Resource>"));
  EXPECT_TRUE(answer.body.contains("<RequestId>" + answer.field("x-amz-request-id")));
  std::string right = sign(request);
  std::string signature = right.substr(right.find("Signature=") + 10, 64);
  EXPECT_FALSE(answer.body.contains(signature));
}

TEST_F(Access, APresignedUrlIsForOneMethodOneKeyAndItsTime) {
  std::string target = presign("GET", "bucket", "key", seconds(60));
  EXPECT_EQ(send_presigned("GET", target).body, "secret bytes");
  for (const char* method : {"HEAD", "PUT", "DELETE", "POST"})
    EXPECT_EQ(send_presigned(method, target).status, 403u) << method;
  std::string query = target.substr(target.find('?'));
  for (const char* path : {"/bucket/b", "/bucket/key/", "/bucket/KEY", "/bucket/key%00",
                           "/bucket/./key", "/bucket//key", "//bucket/key"})
    EXPECT_EQ(send_presigned("GET", path + query).status, 403u) << path;
  for (const char* more :
       {"&versionId=", "&acl", "&uploads", "&response-content-type=text/html", "&a=b"})
    EXPECT_EQ(send_presigned("GET", target + more).status, 403u) << more;
  EXPECT_EQ(talk(assemble("GET", target, "localhost", {}, "")).status, 403u);
  clock_offset_ = 61;
  Answer expired = send_presigned("GET", target);
  EXPECT_EQ(expired.status, 403u);
  EXPECT_TRUE(expired.body.contains("Request has expired")) << expired.body;
  clock_offset_ = -1000;
  EXPECT_EQ(send_presigned("GET", target).status, 403u);
}

TEST_F(Access, APresignedUrlOfSevenDaysOutlivesTheSkew) {
  std::string target = presign("GET", "bucket", "key", seconds(604800));
  clock_offset_ = 20 * 60;
  EXPECT_EQ(send_presigned("GET", target).status, 200u);
}

TEST_F(Access, UnsignedAmzFieldsAreRefused) {
  std::string target = presign("PUT", "bucket", "planted");
  for (const char* name :
       {"x-amz-copy-source", "x-amz-tagging", "x-amz-acl", "x-amz-meta-a",
        "X-Amz-Website-Redirect-Location", "x-amz-server-side-encryption", "x-amz-storage-class",
        "x-amz-checksum-crc32", "x-amz-object-lock-mode"}) {
    Answer answer = send_presigned("PUT", target, {{name, "/bucket/key"}}, "body");
    EXPECT_EQ(answer.status, 403u) << name;
    EXPECT_TRUE(answer.has_code("AccessDenied")) << answer.body;
  }
  EXPECT_EQ(send_presigned("GET", presign("GET", "bucket", "key"),
                           {{"x-amz-expected-bucket-owner", "alice"}})
                .status,
            403u);
  EXPECT_EQ(get("planted").status, 404u);
  EXPECT_EQ(send_presigned("PUT", target, {{"Content-Type", "text/plain"}}, "body").status, 200u);
  EXPECT_EQ(get("planted").body, "body");
}

TEST_F(Access, ChecksumsOfAUrlAreInformation) {
  // What the AWS SDK for JavaScript signs: the CRC of the empty body that it had at that time.
  std::string target =
      presign("PUT", "bucket", "x", seconds(60),
              {{"x-amz-checksum-crc32", "AAAAAA=="}, {"x-amz-sdk-checksum-algorithm", "CRC32"}});
  EXPECT_EQ(send_presigned("PUT", target, {}, "not empty").status, 200u);
  EXPECT_EQ(get("x").body, "not empty");
}

TEST_F(Access, ContinueIsForThoseWhoAreLetIn) {
  Request request{.method = "PUT",
                  .bucket = "bucket",
                  .key = "x",
                  .unsigned_fields = {{"Expect", "100-continue"}, {"Content-Length", "4"}},
                  .payload_hash = "UNSIGNED-PAYLOAD"};
  Answer refused = talk(sign(request, access_key, "wrong"));
  EXPECT_EQ(refused.status, 403u);
  EXPECT_FALSE(refused.head.contains("100 Continue"));
  Answer waits = talk(sign(request), true);
  EXPECT_TRUE(waits.head.starts_with("HTTP/1.1 100 Continue")) << waits.head;
}

TEST_F(Access, AnEmptyBodyHasTheEmptyHash) {
  Request request{.bucket = "bucket", .key = "key", .payload_hash = hex_encode(sha256("other"))};
  EXPECT_TRUE(send(request).has_code("XAmzContentSHA256Mismatch"));
}

TEST_F(Access, FramingFaultsAreS3sErrors) {
  Answer answer = talk("GET /bucket/key HTTP/1.1\r\n\r\n");
  EXPECT_EQ(answer.status, 400u);
  EXPECT_TRUE(answer.body.contains("<Error><Code>BadRequest</Code>")) << answer.body;
  EXPECT_FALSE(answer.field("x-amz-request-id").empty());
}

TEST_F(Access, VirtualHosts) {
  sigv4::Presigner presigner(
      {access_key, Secret(secret_key), Secret()}, "us-east-1",
      *sigv4::Endpoint::parse("http://s3.example.com:9000", sigv4::Addressing::virtual_host));
  sigv4::PresignRequest request{"GET", "bucket", "key", {}, {}, sigv4::AmzDate(now()), seconds(9)};
  std::string url = presigner.presign(request);
  std::string target = url.substr(std::string("http://bucket.s3.example.com:9000").size());
  EXPECT_TRUE(target.starts_with("/key?")) << url;
  EXPECT_EQ(talk(assemble("GET", target, "bucket.s3.example.com:9000", {}, "")).body,
            "secret bytes");
}

}  // namespace
}  // namespace signpost::s3server
