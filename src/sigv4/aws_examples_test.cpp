// The worked examples of the S3 API reference: "Examples: Signature Calculations in AWS Signature
// Version 4" (Authorization header) and "Authenticating Requests: Using Query Parameters".
#include <gtest/gtest.h>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "sigv4/presign.hpp"
#include "sigv4/sign_header.hpp"

namespace signpost::sigv4 {
namespace {

Credentials example_credentials() {
  return {.access_key_id = "AKIAIOSFODNN7EXAMPLE",
          .secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")};
}

Endpoint example_endpoint() {
  return *Endpoint::parse("https://s3.amazonaws.com", Addressing::virtual_host);
}

AmzDate example_date() {
  return *AmzDate::parse("20130524T000000Z");
}

std::string field(const SignedRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.fields)
    if (key == name) return value;
  return "(absent)";
}

class AwsHeaderExamples : public ::testing::Test {
 protected:
  HeaderSigner signer_{example_credentials(), "us-east-1", example_endpoint()};
};

TEST_F(AwsHeaderExamples, GetObject) {
  const FieldView fields[] = {{"Range", "bytes=0-9"}};
  const auto out = signer_.sign({.method = "GET",
                                 .bucket = "examplebucket",
                                 .key = "test.txt",
                                 .signed_fields = fields,
                                 .date = example_date()});
  EXPECT_EQ(out.target, "/test.txt");
  EXPECT_EQ(out.host, "examplebucket.s3.amazonaws.com");
  EXPECT_EQ(field(out, "x-amz-date"), "20130524T000000Z");
  EXPECT_EQ(field(out, "x-amz-content-sha256"), empty_payload);
  EXPECT_EQ(field(out, "Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_F(AwsHeaderExamples, PutObject) {
  const std::string hash = hex_encode(sha256("Welcome to Amazon S3."));
  const FieldView fields[] = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                              {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  const auto out = signer_.sign({.method = "PUT",
                                 .bucket = "examplebucket",
                                 .key = "test$file.text",
                                 .signed_fields = fields,
                                 .payload_hash = hash,
                                 .date = example_date()});
  EXPECT_EQ(out.target, "/test%24file.text");
  EXPECT_EQ(field(out, "Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, "
            "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_F(AwsHeaderExamples, GetBucketLifecycle) {
  const QueryParameter query[] = {{"lifecycle", ""}};
  const auto out = signer_.sign(
      {.method = "GET", .bucket = "examplebucket", .query = query, .date = example_date()});
  EXPECT_EQ(out.target, "/?lifecycle=");
  EXPECT_TRUE(field(out, "Authorization")
                  .ends_with("SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature="
                             "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"))
      << field(out, "Authorization");
}

TEST_F(AwsHeaderExamples, ListObjects) {
  const QueryParameter query[] = {{"prefix", "J"}, {"max-keys", "2"}};
  const auto out = signer_.sign(
      {.method = "GET", .bucket = "examplebucket", .query = query, .date = example_date()});
  EXPECT_EQ(out.target, "/?max-keys=2&prefix=J");
  EXPECT_TRUE(field(out, "Authorization")
                  .ends_with("Signature="
                             "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"))
      << field(out, "Authorization");
}

TEST(AwsQueryExample, PresignedGet) {
  const Presigner presigner(example_credentials(), "us-east-1", example_endpoint());
  const PresignRequest request{.method = "GET",
                               .bucket = "examplebucket",
                               .key = "test.txt",
                               .date = example_date(),
                               .expires = std::chrono::hours(24)};
  const auto url = presigner.presign(request);
  EXPECT_EQ(url,
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&"
            "X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&"
            "X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&"
            "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
  std::string text = "Location: ";
  presigner.presign_to(text, request);
  EXPECT_EQ(text, "Location: " + url);
}

}  // namespace
}  // namespace signpost::sigv4
