#include "domain/upload.hpp"

#include <gtest/gtest.h>

namespace signpost::domain {
namespace {

UploadRequest request(std::uint64_t size) {
  return {.size = size, .content_type = *MediaType::parse("image/png")};
}

TEST(PlanUpload, SignsSizeTypeAndCondition) {
  auto plan = plan_upload({}, request(5), "files/a", "staging/b");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->key, "files/a");
  EXPECT_EQ(plan->client_fields,
            (HeaderFields{{"content-type", "image/png"}, {"if-none-match", "*"}}));
  EXPECT_EQ(plan->signed_fields,
            (HeaderFields{
                {"content-type", "image/png"}, {"if-none-match", "*"}, {"content-length", "5"}}));
}

TEST(PlanUpload, GoesToStagingWhereTheEngineDoesNotEnforceTheCondition) {
  auto plan = plan_upload({.enforces_if_none_match = false}, request(0), "files/a", "staging/b");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->key, "staging/b");
  EXPECT_EQ(plan->client_fields, (HeaderFields{{"content-type", "image/png"}}));
}

TEST(PlanUpload, SignsTheHashWhereGiven) {
  UploadRequest hashed = request(0);
  hashed.sha256 = "E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  auto plan = plan_upload({}, hashed, "a", "b");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->client_fields[1],
            (std::pair<std::string, std::string>{"x-amz-checksum-sha256",
                                                 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}));
  EXPECT_EQ(sha256_base64_to_hex(plan->client_fields[1].second),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (std::string bad : {"", "ab", "zz"}) {
    hashed.sha256 = bad;
    EXPECT_EQ(plan_upload({}, hashed, "a", "b").error(), UploadError::bad_sha256);
  }
  EXPECT_FALSE(sha256_base64_to_hex("AAAA"));
}

TEST(PlanUpload, RefusesWhatIsTooLarge) {
  EXPECT_TRUE(plan_upload({}, request(5ull << 30), "a", "b"));
  EXPECT_EQ(plan_upload({}, request((5ull << 30) + 1), "a", "b").error(),
            UploadError::too_large_for_put);
  EXPECT_EQ(plan_upload({.max_file_size = 10}, request(11), "a", "b").error(),
            UploadError::too_large);
  UploadRequest multipart = request(1);
  multipart.type = UploadType::multipart;
  EXPECT_EQ(plan_upload({}, multipart, "a", "b").error(), UploadError::not_implemented);
}

}  // namespace
}  // namespace signpost::domain
