// Forms for browsers' uploads: equal to botocore's, those of botocore and of the AWS SDK for
// JavaScript accepted, and refused after any change.
#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "sigv4/golden_fixture.hpp"
#include "sigv4/post_policy.hpp"
#include "sigv4/verify_post.hpp"

namespace signpost::sigv4 {
namespace {

using testing::read_records;
using Record = testing::SignatureRecord;

std::optional<PresignedPost> form_of(const Record& record) {
  const auto style =
      record.get("style") == "path" ? Addressing::path_style : Addressing::virtual_host;
  std::vector<FieldView> fields;
  for (const auto& [name, value] : record.list("field")) fields.push_back({name, value});
  std::vector<PostCondition> conditions;
  for (const auto& [name, value] : record.list("starts_with"))
    conditions.push_back(PostCondition::starts_with(name, value));
  if (record.values.contains("least"))
    conditions.push_back(PostCondition::content_length_range(*parse_u64(record.get("least")),
                                                             *parse_u64(record.get("most"))));
  const Credentials credentials{.access_key_id = record.get("access_key"),
                                .secret_access_key = Secret(record.get("secret")),
                                .session_token = Secret(record.get("token"))};
  return presign_post(credentials, record.get("region"),
                      *Endpoint::parse(record.get("endpoint"), style),
                      {.bucket = record.get("bucket"),
                       .key = record.get("key"),
                       .fields = fields,
                       .conditions = conditions,
                       .date = *AmzDate::parse(record.get("date")),
                       .expires = std::chrono::seconds(*parse_u64(record.get("expires")))});
}

// A form as it arrives, to be spoilt by a test.
struct Arrived {
  testing::Pairs form;
  std::string region, access_key, secret;
  UnixSeconds now;
  SessionTokens tokens = SessionTokens::accept;

  explicit Arrived(const Record& record)
      : form(record.list("form")),
        region(record.get("region")),
        access_key(record.get("access_key")),
        secret(record.get("secret")),
        now(AmzDate::parse(record.get("date"))->time()) {}

  std::expected<VerifiedPost, Rejection> verify() const {
    std::vector<FieldView> views;
    for (const auto& [name, value] : form) views.push_back({name, value});
    const PostVerifier verifier({.region = region, .session_tokens = tokens},
                                [this](std::string_view id) -> SharedSecret {
                                  if (id != access_key) return nullptr;
                                  return std::make_shared<const Secret>(secret);
                                });
    return verifier.verify(views, now);
  }
  std::string& field(std::string_view name) {
    for (auto& [key, value] : form)
      if (equal_ignoring_case(key, name)) return value;
    ADD_FAILURE() << "no field " << name;
    return form.front().second;
  }
  void remove(std::string_view name) {
    std::erase_if(form, [&](const auto& f) { return equal_ignoring_case(f.first, name); });
  }
  std::optional<Refusal> refusal() const {
    const auto outcome = verify();
    return outcome ? std::nullopt : std::optional(outcome.error().refusal);
  }
};

Arrived first_of(const std::string& file) {
  return Arrived(read_records(file).front());
}

TEST(GoldenPosts, BotocoresFormsAreOurs) {
  const auto records = read_records("botocore_post.txt");
  EXPECT_GE(records.size(), 60u);
  for (const Record& record : records) {
    const auto post = form_of(record);
    ASSERT_TRUE(post) << record.get("key");
    EXPECT_EQ(post->url, record.get("url"));
    EXPECT_EQ(testing::Pairs(post->fields.begin(), post->fields.end()), record.list("form"))
        << record.get("key");
    EXPECT_EQ(base64_encode(post->policy), post->fields[post->fields.size() - 2].second);
  }
}

TEST(GoldenPosts, AreAcceptedAndEveryChangeIsRefused) {
  for (const char* file : {"botocore_post.txt", "aws_sdk_js_post.txt"}) {
    const auto records = read_records(file);
    EXPECT_GE(records.size(), 15u);
    for (const Record& record : records) {
      const Arrived arrived(record);
      const auto verified = arrived.verify();
      ASSERT_TRUE(verified) << record.get("key");
      EXPECT_EQ(verified->access_key_id(), record.get("access_key"));
      EXPECT_EQ(verified->date(), arrived.now);
      EXPECT_EQ(verified->session_token().has_value(), !record.get("token").empty());
      for (const char* name : {"policy", "x-amz-signature", "x-amz-credential", "x-amz-date"}) {
        const std::string text = Arrived(record).field(name);
        EXPECT_TRUE(name != std::string("policy") || verified->policy() == text);
        for (std::size_t i = 0; i < text.size(); i += text.size() > 300 ? 11 : 1) {
          Arrived changed(record);
          changed.field(name)[i] = text[i] == 'A' ? 'B' : 'A';
          EXPECT_TRUE(changed.refusal()) << name << " at " << i;
        }
      }
    }
  }
}

TEST(PostVerifier, TellsWhatIsWrong) {
  const Arrived good = first_of("botocore_post.txt");
  const auto refusal = [&](auto change) {
    Arrived changed = good;
    change(changed);
    return changed.refusal();
  };
  EXPECT_EQ(refusal([](Arrived&) {}), std::nullopt);
  EXPECT_EQ(refusal([](Arrived& a) { a.form.clear(); }), Refusal::missing_policy);
  EXPECT_EQ(refusal([](Arrived& a) { a.remove("policy"); }), Refusal::missing_policy);
  EXPECT_EQ(refusal([](Arrived& a) { a.secret += "x"; }), Refusal::signature_mismatch);
  EXPECT_EQ(refusal([](Arrived& a) { a.field("x-amz-signature") = ""; }),
            Refusal::signature_mismatch);
  EXPECT_EQ(refusal([](Arrived& a) { a.field("policy") = ""; }), Refusal::signature_mismatch);
  EXPECT_EQ(refusal([](Arrived& a) { a.access_key = "other"; }), Refusal::unknown_access_key);
  EXPECT_EQ(refusal([](Arrived& a) { a.region = "eu-west-1"; }), Refusal::wrong_scope_form);
  EXPECT_EQ(refusal([](Arrived& a) { a.field("x-amz-date") = "20261125T000000Z"; }),
            Refusal::wrong_scope_form);
  EXPECT_EQ(refusal([](Arrived& a) { a.now -= std::chrono::minutes(16); }), Refusal::not_yet_valid);
  EXPECT_EQ(refusal([](Arrived& a) { a.now += std::chrono::hours(999); }), std::nullopt);
  EXPECT_EQ(refusal([](Arrived& a) { a.form.emplace_back("signature", "x"); }),
            Refusal::signature_version_2);
  EXPECT_EQ(refusal([](Arrived& a) { a.form.emplace_back("AWSAccessKeyId", "x"); }),
            Refusal::signature_version_2);
  EXPECT_EQ(refusal([](Arrived& a) {
              a.tokens = SessionTokens::refuse;
              a.form.emplace_back("x-amz-security-token", "x");
            }),
            Refusal::unsupported_token);
  for (const std::string name :
       {"x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"}) {
    EXPECT_EQ(refusal([&](Arrived& a) { a.remove(name); }), Refusal::malformed_form) << name;
    EXPECT_EQ(refusal([&](Arrived& a) { a.form.emplace_back(name, a.field(name)); }),
              Refusal::malformed_form)
        << name;
    if (name == "x-amz-signature") continue;
    for (const char* bad : {"", "AWS4-HMAC-SHA1", "a/b/c/d/e", "20261399T999999Z"})
      EXPECT_EQ(refusal([&](Arrived& a) { a.field(name) = bad; }), Refusal::malformed_form)
          << name << bad;
  }
  EXPECT_EQ(refusal([](Arrived& a) { a.form.emplace_back("POLICY", a.field("policy")); }),
            Refusal::malformed_form);
}

TEST(PresignPost, RefusesWhatJsonCannotHold) {
  Record record = read_records("botocore_post.txt").front();
  record.values["key"] = "a\xff";
  EXPECT_FALSE(form_of(record));
  record.values["key"] = "a";
  record.lists["field"].emplace_back("x-amz-meta-\xc3", "a");
  EXPECT_FALSE(form_of(record));
}

}  // namespace
}  // namespace signpost::sigv4
