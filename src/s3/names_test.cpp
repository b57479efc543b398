#include <gtest/gtest.h>

#include "s3/bucket_name.hpp"
#include "s3/copy_source.hpp"
#include "s3/object_key.hpp"

namespace signpost::s3 {
namespace {

TEST(BucketName, TakesWhatTheRulesAllow) {
  for (std::string_view good :
       {"abc", "a-b", "a.b", "1bucket", "bucket1", "a--b", "1.2.3.x", "signpost"}) {
    auto name = BucketName::parse(good);
    ASSERT_TRUE(name) << good;
    EXPECT_EQ(name->str(), good);
  }
  EXPECT_TRUE(BucketName::parse(std::string(63, 'a')));
}

TEST(BucketName, RefusesTheRest) {
  for (std::string_view bad : {"",
                               "a",
                               "ab",
                               "A",
                               "Abc",
                               "a..b",
                               "192.168.1.1",
                               "xn--a",
                               "xn--abc",
                               "-abc",
                               "abc-",
                               ".abc",
                               "abc.",
                               "a_b",
                               "..",
                               "a.-b",
                               "a-.b",
                               "a b",
                               "a/b",
                               "sthree-x",
                               "abc-s3alias",
                               "abc--ol-s3",
                               "abc--x-s3",
                               "\xC3\xA9t\xC3\xA9"}) {
    EXPECT_FALSE(BucketName::parse(bad)) << bad;
  }
  EXPECT_FALSE(BucketName::parse(std::string(64, 'a')));
}

TEST(ObjectKey, IsOpaque) {
  for (std::string_view good : {"..", ".", "/a", "a/", "a//b", "../x", "a\\b", "a\x01z", " "}) {
    auto key = ObjectKey::parse(good);
    ASSERT_TRUE(key) << good;
    EXPECT_EQ(key->str(), good);
  }
}

TEST(ObjectKey, IsCheckedByBytes) {
  EXPECT_TRUE(ObjectKey::parse(std::string(1024, 'k')));
  EXPECT_EQ(ObjectKey::parse(std::string(1025, 'k')).error(), ObjectKeyError::too_long);
  EXPECT_EQ(ObjectKey::parse("").error(), ObjectKeyError::empty);
  EXPECT_EQ(ObjectKey::parse(std::string_view("a\0b", 3)).error(), ObjectKeyError::has_nul);
  EXPECT_EQ(ObjectKey::parse("\xED\xA0\x80").error(), ObjectKeyError::not_utf8);
  EXPECT_EQ(ObjectKey::parse("\xFF").error(), ObjectKeyError::not_utf8);
}

TEST(CopySource, ReadsBothForms) {
  for (std::string_view text : {"bucket/a%20b%3Fc", "/bucket/a%20b%3Fc", "bucket%2Fa%20b%3Fc"}) {
    auto source = CopySource::parse(text);
    ASSERT_TRUE(source) << text;
    EXPECT_EQ(source->bucket.str(), "bucket");
    EXPECT_EQ(source->key.str(), "a b?c");
    EXPECT_FALSE(source->version_id);
  }
  auto versioned = CopySource::parse("bucket/key?versionId=null");
  ASSERT_TRUE(versioned);
  EXPECT_EQ(versioned->version_id, "null");
  EXPECT_EQ(CopySource::parse(format_copy_source("bucket", "a b/?+"))->key.str(), "a b/?+");
}

TEST(CopySource, KeepsDotsInTheKey) {
  auto source = CopySource::parse("/mine/../victim/secret");
  ASSERT_FALSE(CopySource::parse("/me/../victim/secret"));
  ASSERT_TRUE(source);
  EXPECT_EQ(source->bucket.str(), "mine");
  EXPECT_EQ(source->key.str(), "../victim/secret");
}

TEST(CopySource, RefusesTheRest) {
  for (std::string_view bad : {"", "/", "bucket", "bucket/", "/bucket/", "?versionId=1", "b%zz/k",
                               "http://host/bucket/key", "arn:aws:s3:us-east-1:1:accesspoint/a/b",
                               "bucket/key?versionId=", "bucket/key?x=1", "bucket/k%00"}) {
    auto source = CopySource::parse(bad);
    ASSERT_FALSE(source) << bad;
    EXPECT_EQ(source.error().code, ErrorCode::InvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace signpost::s3
