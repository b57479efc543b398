#include "s3/post_policy.hpp"

#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "sigv4/golden_fixture.hpp"

namespace signpost::s3 {
namespace {

constexpr UnixSeconds signed_at{std::chrono::seconds(1'795'493'106)};  // 2026-11-24T04:05:06Z
constexpr UnixSeconds now = signed_at + std::chrono::seconds(1);

std::string policy_text(const std::string& conditions,
                        const std::string& expiration = "2026-11-24T05:00:00Z") {
  return R"({"expiration":")" + expiration + R"(","conditions":[)" + conditions + "]}";
}

PostForm form_of(std::initializer_list<std::pair<const char*, const char*>> fields) {
  PostForm form;
  for (const auto& [name, value] : fields) EXPECT_TRUE(form.add(name, value)) << name;
  return form;
}

std::expected<ContentLengthRange, Error> check(
    const std::string& conditions, std::initializer_list<std::pair<const char*, const char*>> form,
    const std::string& expiration = "2026-11-24T05:00:00Z") {
  auto policy = PostPolicy::parse(base64_encode(policy_text(conditions, expiration)));
  if (!policy) return std::unexpected(policy.error());
  return policy->check(form_of(form), "photos", signed_at, now);
}

ErrorCode code_of(const std::expected<ContentLengthRange, Error>& outcome) {
  return outcome ? ErrorCode::InternalError : outcome.error().code;
}

const std::string bucket = R"({"bucket":"photos"})";

TEST(PostPolicy, EachConditionHolds) {
  EXPECT_TRUE(check(bucket + R"(,["eq","$Key","a"])", {{"KEY", "a"}}));
  EXPECT_TRUE(check(bucket + R"(,["starts-with","$key","u/"])", {{"key", "u/../x"}}));
  EXPECT_TRUE(check(bucket + R"(,["starts-with","$key",""])", {{"key", "anything"}}));
  EXPECT_TRUE(
      check(bucket + R"(,{"key":"a","acl":"private"})", {{"key", "a"}, {"acl", "private"}}));
  EXPECT_TRUE(check(R"(["starts-with","$bucket","pho"])", {{"bucket", "photos"}}));
  EXPECT_TRUE(check(bucket + R"(,["starts-with","$Content-Type","image/"])",
                    {{"content-type", "image/png, image/jpeg"}}));
  for (const char* key : {"b", "A", "", "aa", " a"})
    EXPECT_EQ(code_of(check(bucket + R"(,{"key":"a"})", {{"key", key}})), ErrorCode::AccessDenied);
  for (const char* key : {"u", "U/a", "xu/a", ""})
    EXPECT_EQ(code_of(check(bucket + R"(,["starts-with","$key","u/"])", {{"key", key}})),
              ErrorCode::AccessDenied);
  EXPECT_EQ(code_of(check(bucket + R"(,["starts-with","$Content-Type","image/"])",
                          {{"content-type", "image/png,text/html"}})),
            ErrorCode::AccessDenied);
  // What is not there meets no condition, not even the empty one.
  EXPECT_EQ(code_of(check(bucket + R"(,["starts-with","$key",""])", {})), ErrorCode::AccessDenied);
}

TEST(PostPolicy, EachFieldIsCovered) {
  auto extra = check(bucket + R"(,{"key":"a"})", {{"key", "a"}, {"Content-Disposition", "inline"}});
  ASSERT_EQ(code_of(extra), ErrorCode::AccessDenied);
  EXPECT_EQ(extra.error().message,
            "Invalid according to Policy: Extra input fields: content-disposition");
  EXPECT_TRUE(check(bucket, {{"policy", "x"}, {"X-Amz-Signature", "y"}, {"x-ignore-z", "z"}}));
  for (const char* name :
       {"x-amz-date", "x-amz-credential", "x-amz-meta-a", "ignore", "tagging", ""})
    EXPECT_EQ(code_of(check(bucket, {{name, "1"}})), ErrorCode::AccessDenied) << name;
}

TEST(PostPolicy, TheBucketIsTheOneItWasSentTo) {
  EXPECT_EQ(code_of(check("", {})), ErrorCode::AccessDenied);
  EXPECT_EQ(code_of(check(R"({"bucket":"other"})", {})), ErrorCode::AccessDenied);
  EXPECT_EQ(code_of(check(R"({"bucket":"other"})", {{"bucket", "other"}})),
            ErrorCode::AccessDenied);
  EXPECT_EQ(code_of(check(bucket, {{"bucket", "other"}})), ErrorCode::AccessDenied);
}

TEST(PostPolicy, HasAnEndWithinAWeek) {
  for (const char* good :
       {"2026-11-24T04:05:08Z", "2026-12-01T04:05:06.000Z", "2026-11-24T06:00:00+01:00"})
    EXPECT_TRUE(check(bucket, {}, good)) << good;
  for (const char* past_or_far : {"2026-11-24T04:05:07Z", "2007-12-01T12:00:00.000Z",
                                  "2026-12-01T04:05:07Z", "9999-12-31T23:59:59Z"})
    EXPECT_EQ(code_of(check(bucket, {}, past_or_far)), ErrorCode::AccessDenied) << past_or_far;
  for (const char* none : {"", "2026-11-24T05:00:00", "tomorrow", "2026-13-24T05:00:00Z"})
    EXPECT_EQ(code_of(check(bucket, {}, none)), ErrorCode::InvalidPolicyDocument) << none;
}

TEST(PostPolicy, TheTightestRangeOfLengthsCounts) {
  auto range =
      check(bucket + R"(,["content-length-range",1,10],["content-length-range",5,20])", {});
  ASSERT_TRUE(range);
  EXPECT_EQ(range->least, 5u);
  EXPECT_EQ(range->most, 10u);
  EXPECT_TRUE(range->check_whole(5));
  EXPECT_TRUE(range->check_whole(10));
  EXPECT_TRUE(range->check_so_far(0));
  EXPECT_EQ(range->check_whole(4).error().code, ErrorCode::EntityTooSmall);
  EXPECT_EQ(range->check_so_far(11).error().code, ErrorCode::EntityTooLarge);
  EXPECT_EQ(check(bucket, {})->most, limits::put_object_bytes);
  EXPECT_EQ(check(bucket + R"(,["content-length-range",0,18446744073709551615])", {})->most,
            limits::put_object_bytes);
  for (const char* bad : {"-1,1", "2,1", R"("0","1")", "0,1.5", "0.0,1", "0,18446744073709551616",
                          "0,1e3", "0", "0,1,2", "null,1", "0,99999999999999999999999"})
    EXPECT_EQ(code_of(check(bucket + ",[\"content-length-range\"," + bad + "]", {})),
              ErrorCode::InvalidPolicyDocument)
        << bad;
  EXPECT_EQ(
      code_of(check(bucket + R"(,["content-length-range",1,2],["content-length-range",3,4])", {})),
      ErrorCode::InvalidPolicyDocument);
}

TEST(PostPolicy, IsADocumentOfOneMeaning) {
  EXPECT_TRUE(PostPolicy::parse(base64_encode(policy_text(bucket))));
  EXPECT_FALSE(PostPolicy::parse(""));
  EXPECT_FALSE(PostPolicy::parse(base64_encode(policy_text(bucket)) + "\n"));
  EXPECT_FALSE(PostPolicy::parse(policy_text(bucket)));
  const std::string end = R"("expiration":"2026-11-24T05:00:00Z")";
  for (const std::string& bad : {std::string(),
                                 std::string("[]"),
                                 std::string("null"),
                                 std::string("{}"),
                                 "{" + end + "}",
                                 std::string(R"({"conditions":[]})"),
                                 R"({"Expiration":1,"conditions":[]})" + end,
                                 R"({"conditions":[],"CONDITIONS":[],)" + end + "}",
                                 R"({"conditions":[],"conditions":[],)" + end + "}",
                                 "{" + end + "," + end + "}",
                                 "{" + end + R"(,"conditions":{}})",
                                 "{" + end + R"(,"conditions":[],"x":1})",
                                 policy_text(bucket) + "x",
                                 policy_text("1"),
                                 policy_text("null"),
                                 policy_text("[]"),
                                 policy_text(R"(["eq","$key"])"),
                                 policy_text(R"(["eq","$key","a","b"])"),
                                 policy_text(R"(["eq","key","a"])"),
                                 policy_text(R"(["EQ","$key","a"])"),
                                 policy_text(R"(["Starts-With","$key","a"])"),
                                 policy_text(R"(["eq","$key",1])"),
                                 policy_text(R"({"key":1})"),
                                 policy_text(R"({"key":["a"]})"),
                                 policy_text(R"([1,2,3])"),
                                 policy_text(R"({"key":"a","key":"b"})"),
                                 policy_text(R"(["eq",["$key"],"a"])"),
                                 policy_text("\"\xff\""),
                                 policy_text("[[[[[[[[]]]]]]]]")}) {
    auto policy = PostPolicy::parse(base64_encode(bad));
    ASSERT_FALSE(policy) << bad;
    EXPECT_EQ(policy.error().code, ErrorCode::InvalidPolicyDocument) << bad;
  }
}

// Forms that botocore and the AWS SDK for JavaScript made.
TEST(PostPolicy, OtherPeoplesPoliciesAllowTheirFormsAndNoOthers) {
  int checked = 0;
  for (const char* file : {"botocore_post.txt", "aws_sdk_js_post.txt"}) {
    for (const auto& record : testing::read_records(file)) {
      PostForm form;
      bool taken = true;
      for (const auto& [name, value] : record.list("form"))
        taken = taken && form.add(name, value).has_value();
      if (!taken) continue;  // keys with control characters
      ASSERT_TRUE(form.name_key("photo.png"));
      for (const auto& [name, value] : record.list("starts_with"))
        ASSERT_TRUE(form.add(name, value + "x"));
      const auto policy = PostPolicy::parse(*form.get("policy"));
      ASSERT_TRUE(policy) << record.get("key");
      const auto range = policy->check(form, "photos", signed_at, now);
      ASSERT_TRUE(range) << range.error().message;
      if (record.values.contains("most")) {
        EXPECT_EQ(std::to_string(range->most), record.get("most"));
      }
      EXPECT_FALSE(policy->check(form, "photo", signed_at, now));
      ASSERT_TRUE(form.add("x-amz-meta-more", "1"));
      EXPECT_FALSE(policy->check(form, "photos", signed_at, now));
      ++checked;
    }
  }
  EXPECT_GE(checked, 70);
}

TEST(PostForm, HasEachNameOnce) {
  PostForm form;
  EXPECT_TRUE(form.add("Key", "a"));
  EXPECT_EQ(form.get("key"), "a");
  EXPECT_EQ(form.add("kEY", "a").error().code, ErrorCode::MalformedPOSTRequest);
  EXPECT_TRUE(form.add("X-Ignore-A", "\r\n"));
  EXPECT_TRUE(form.add("x-ignore-a", "2"));
  EXPECT_EQ(form.fields().size(), 1u);
  for (const char* bad : {"a\r\nb", "a\nb", "\x7f", "\xff", "\x01"}) {
    EXPECT_EQ(form.add("x", bad).error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(form.add(bad, "x").error().code, ErrorCode::InvalidArgument);
  }
}

TEST(PostForm, TheKeyTakesTheFilesBaseName) {
  const auto key_of = [](const char* key, std::optional<std::string> filename) {
    PostForm form = form_of({{"key", key}});
    return form.name_key(filename) ? std::string(*form.get("key")) : std::string("refused");
  };
  EXPECT_EQ(key_of("u/${filename}", "a b.png"), "u/a b.png");
  EXPECT_EQ(key_of("u/${filename}", "../../x"), "u/x");
  EXPECT_EQ(key_of("u/${filename}", "C:\\dir\\x.png"), "u/x.png");
  EXPECT_EQ(key_of("${filename}/${filename}", "${filename}"), "${filename}/${filename}");
  EXPECT_EQ(key_of("plain", std::nullopt), "plain");
  EXPECT_EQ(key_of("u/${filename", "x"), "u/${filename");
  for (const char* bad : {"", "dir/", "a\rb", "\xff"})
    EXPECT_EQ(key_of("u/${filename}", bad), "refused") << bad;
  EXPECT_EQ(key_of("u/${filename}", std::nullopt), "refused");
}

}  // namespace
}  // namespace signpost::s3
