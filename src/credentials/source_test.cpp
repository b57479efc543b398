#include "credentials/source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/random.hpp"
#include "credentials/fetch.hpp"

namespace signpost::credentials {
namespace {

using testing::HasSubstr;

class SourceTest : public testing::Test {
 protected:
  SourceTest() {
    std::filesystem::create_directory(folder_);
    variables_["HOME"] = folder_;
  }
  ~SourceTest() override { std::filesystem::remove_all(folder_); }

  void write(const char* variable, std::string_view text) {
    const std::string path = folder_ / variable;
    std::ofstream(path) << text;
    variables_[variable] = path;
  }
  void set(const char* name, std::string value) { variables_[name] = std::move(value); }
  Environment environment() const {
    return [this](const char* name) -> std::optional<std::string> {
      const auto at = variables_.find(name);
      return at == variables_.end() ? std::nullopt : std::optional(at->second);
    };
  }
  std::expected<Source, std::string> find(std::optional<std::string> profile = {}) const {
    return find_source(environment(), profile);
  }
  std::string key_of(const std::expected<Source, std::string>& source) const {
    if (!source) return source.error();
    const auto* given = std::get_if<Given>(&*source);
    return given == nullptr ? "(asked for)" : given->timed.credentials.access_key_id;
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("credentials-" + random_hex(8));
  std::map<std::string, std::string> variables_;
};

constexpr const char* two_profiles =
    "[default]\naws_access_key_id=DEFAULT\naws_secret_access_key=s\n"
    "[work]\naws_access_key_id=WORK\naws_secret_access_key=s\naws_session_token=t\n";

TEST_F(SourceTest, TheOrderOfAwsTools) {
  EXPECT_TRUE(std::holds_alternative<InstanceMetadata>(*find()));
  set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1");
  EXPECT_EQ(std::get<Container>(*find()).url, "http://169.254.170.2/v2/credentials/1");
  write("AWS_CONFIG_FILE",
        "[default]\naws_access_key_id=CONFIG\naws_secret_access_key=s\n"
        "[profile tool]\ncredential_process = tool --a 'b c'\nregion = eu-north-1\n");
  EXPECT_EQ(key_of(find()), "CONFIG");
  EXPECT_EQ(std::get<Process>(*find("tool")).command, "tool --a 'b c'");
  write("AWS_SHARED_CREDENTIALS_FILE", two_profiles);
  EXPECT_EQ(key_of(find()), "DEFAULT");
  EXPECT_EQ(key_of(find("work")), "WORK");
  set("AWS_PROFILE", "work");
  EXPECT_EQ(key_of(find()), "WORK");
  set("AWS_WEB_IDENTITY_TOKEN_FILE", "/token");
  set("AWS_ROLE_ARN", "arn:aws:iam::1:role/a");
  set("AWS_REGION", "eu-west-3");
  const auto identity = std::get<WebIdentity>(*find());
  EXPECT_EQ(identity.endpoint, "https://sts.eu-west-3.amazonaws.com");
  EXPECT_EQ(identity.role_arn, "arn:aws:iam::1:role/a");
  set("AWS_ACCESS_KEY_ID", "ENV");
  set("AWS_SECRET_ACCESS_KEY", "s");
  EXPECT_EQ(key_of(find()), "ENV");
  // A profile named on the command line wins over everything of the environment.
  EXPECT_EQ(key_of(find("work")), "WORK");
}

TEST_F(SourceTest, WhatIsWrongIsSaidWithItsRemedy) {
  set("AWS_ACCESS_KEY_ID", "ENV");
  EXPECT_THAT(key_of(find()), HasSubstr("the secret access key is not"));
  variables_.erase("AWS_ACCESS_KEY_ID");
  EXPECT_THAT(key_of(find("nobody")), HasSubstr("there is no profile 'nobody'"));
  write("AWS_CONFIG_FILE",
        "[profile role]\nrole_arn=arn\nsource_profile=x\n[profile sso]\nsso_session=y\n"
        "[profile half]\naws_access_key_id=A\n[profile none]\nregion=r\n");
  EXPECT_THAT(key_of(find("role")), HasSubstr("aws configure export-credentials --profile role"));
  EXPECT_THAT(key_of(find("sso")), HasSubstr("single sign-on"));
  EXPECT_THAT(key_of(find("half")), HasSubstr("the secret access key is not"));
  EXPECT_THAT(key_of(find("none")), HasSubstr("holds no credentials"));
  set("AWS_EC2_METADATA_DISABLED", "TRUE");
  EXPECT_THAT(key_of(find()), HasSubstr("there are no credentials"));
}

TEST_F(SourceTest, WhereS3IsAsAwsToolsAreTold) {
  write("AWS_CONFIG_FILE",
        "[default]\nregion=eu-central-1\nendpoint_url=https://all\nservices=local\n"
        "s3 =\n  addressing_style = path\n[services local]\ns3 =\n  endpoint_url = http://s3\n");
  auto settings = s3_settings(environment(), load_profile(environment(), std::nullopt));
  EXPECT_EQ(settings.region, "eu-central-1");
  EXPECT_EQ(settings.endpoint_url, "http://s3");
  EXPECT_TRUE(settings.path_style);
  set("AWS_ENDPOINT_URL_S3", "http://of-environment");
  set("AWS_REGION", "us-west-2");
  settings = s3_settings(environment(), load_profile(environment(), std::nullopt));
  EXPECT_EQ(settings.region, "us-west-2");
  EXPECT_EQ(settings.endpoint_url, "http://of-environment");
}

TEST(Document, IsTakenOrRefusedWithoutASecretInTheMessage) {
  const auto good =
      parse_document(R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","SessionToken":"t",)"
                     R"("Expiration":"2026-11-24T12:00:00Z"})",
                     "it");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->credentials.session_token.reveal(), "t");
  EXPECT_EQ(to_rfc3339(*good->ends_at), "2026-11-24T12:00:00Z");
  for (const char* bad :
       {"", "[]", "{", R"({"AccessKeyId":"A"})", R"({"AccessKeyId":"A","SecretAccessKey":5})",
        R"({"AccessKeyId":"A","SecretAccessKey":"hush","Expiration":"x"})"}) {
    const auto refused = parse_document(bad, "it");
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().find("hush"), std::string::npos);
  }
}

TEST(ContainerUrl, ATokenIsNotSentToAStrangerInTheClear) {
  const auto refused = fetch(Container{.url = "http://example.com/creds", .token = "t"});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("without TLS"));
}

}  // namespace
}  // namespace signpost::credentials
