#include "credentials/source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "base/try.hpp"
#include "credentials/fetch.hpp"

namespace signpost::credentials {
namespace {

using Found = std::expected<std::optional<Source>, std::string>;

std::string secret_of_pair(std::string_view where, bool has_id) {
  return fmt::format("{}: {} is set, but {} is not; set both, or neither", where,
                     has_id ? "the access key id" : "the secret access key",
                     has_id ? "the secret access key" : "the access key id");
}

Found from_environment(const Environment& environment) {
  const auto id = environment("AWS_ACCESS_KEY_ID");
  const auto secret = environment("AWS_SECRET_ACCESS_KEY");
  if (!id && !secret) return std::nullopt;
  if (!id || !secret) {
    return std::unexpected(secret_of_pair(
        "the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)", id.has_value()));
  }
  Timed timed{
      .credentials = {*id, Secret(*secret), Secret(environment("AWS_SESSION_TOKEN").value_or(""))},
      .ends_at = std::nullopt,
      .source = "the environment"};
  if (const auto end = environment("AWS_CREDENTIAL_EXPIRATION")) {
    timed.ends_at = parse_rfc3339(*end);
    if (!timed.ends_at) {
      return std::unexpected("AWS_CREDENTIAL_EXPIRATION must be a time as 2026-11-24T12:00:00Z");
    }
  }
  return Given{std::move(timed)};
}

std::string text_of(const Section& section, std::string_view name) {
  const auto at = section.find(name);
  return at == section.end() ? std::string() : at->second;
}

Found from_section(const Section& section, const Profile& profile, const std::string& file) {
  const std::string id = text_of(section, "aws_access_key_id");
  const std::string secret = text_of(section, "aws_secret_access_key");
  const std::string where = fmt::format("profile '{}' of {}", profile.name, file);
  if (id.empty() && secret.empty()) return std::nullopt;
  if (id.empty() || secret.empty()) return std::unexpected(secret_of_pair(where, !id.empty()));
  return Given{{.credentials = {id, Secret(secret), Secret(text_of(section, "aws_session_token"))},
                .ends_at = std::nullopt,
                .source = where}};
}

std::string sts_endpoint(const Environment& environment, const Profile& profile) {
  if (auto url = environment("AWS_ENDPOINT_URL_STS")) return *url;
  const std::string of_profile = text_of(profile.services, "sts.endpoint_url");
  if (!of_profile.empty()) return of_profile;
  const auto region = s3_settings(environment, profile).region;
  if (!region || *region == "aws-global") return "https://sts.amazonaws.com";
  return fmt::format("https://sts.{}.amazonaws.com{}", *region,
                     region->starts_with("cn-") ? ".cn" : "");
}

Found from_web_identity(const Environment& environment, const Profile& profile, bool explicit_one) {
  const auto setting = [&](const char* variable, const char* name) {
    auto value = explicit_one ? std::nullopt : environment(variable);
    return value ? value : profile.get(name);
  };
  const auto file = setting("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
  if (!file) return std::nullopt;
  const auto role = setting("AWS_ROLE_ARN", "role_arn");
  if (!role) {
    return std::unexpected(
        "a web identity token file is set, but no role: set AWS_ROLE_ARN, or role_arn in the "
        "profile");
  }
  return WebIdentity{
      .token_file = *file,
      .role_arn = *role,
      .session_name = setting("AWS_ROLE_SESSION_NAME", "role_session_name").value_or("signpost"),
      .endpoint = sts_endpoint(environment, profile)};
}

// What a profile may ask for and only AWS's own tools do.
std::expected<void, std::string> check_known(const Profile& profile) {
  const bool assumes = profile.get("role_arn") &&
                       (profile.get("source_profile") || profile.get("credential_source"));
  const bool signs_on =
      profile.get("sso_session") || profile.get("sso_start_url") || profile.get("login_session");
  if (!assumes && !signs_on) return {};
  return std::unexpected(fmt::format(
      "profile '{0}' {1}, which signpost leaves to the AWS CLI. Make a profile with the line\n"
      "  credential_process = aws configure export-credentials --profile {0}\n"
      "and use that one, or run: eval \"$(aws configure export-credentials --profile {0} --format "
      "env)\"",
      profile.name, assumes ? "assumes a role (role_arn)" : "uses single sign-on"));
}

Found from_profile(const Environment& environment, const Profile& profile, bool explicit_one) {
  if (profile.named && !profile.found) {
    return std::unexpected(
        fmt::format("there is no profile '{0}': neither [{0}] in {1} nor [profile {0}] in {2}",
                    profile.name, profile.credentials_file, profile.config_file));
  }
  TRY(auto identity, from_web_identity(environment, profile, explicit_one));
  if (identity) return identity;
  TRYV(check_known(profile));
  TRY(auto shared, from_section(profile.credentials, profile, profile.credentials_file));
  if (shared) return shared;
  if (const auto command = profile.get("credential_process")) {
    return Process{*command, profile.name};
  }
  return from_section(profile.config, profile, profile.config_file);
}

std::optional<Source> from_container(const Environment& environment) {
  Container out;
  if (const auto path = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
    out.url = "http://169.254.170.2" + *path;
  } else if (const auto url = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
    out.url = *url;
  } else {
    return std::nullopt;
  }
  out.token_file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").value_or("");
  out.token = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  return out;
}

InstanceMetadata from_instance(const Environment& environment) {
  InstanceMetadata out;
  if (const auto url = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT")) {
    out.endpoint = *url;
  } else if (equal_ignoring_case(environment("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").value_or(""),
                                 "ipv6")) {
    out.endpoint = "http://[fd00:ec2::254]";
  }
  const auto number = [&](const char* name) { return parse_u64(environment(name).value_or("")); };
  if (const auto seconds = number("AWS_METADATA_SERVICE_TIMEOUT")) {
    out.timeout = std::chrono::seconds(std::clamp<std::uint64_t>(*seconds, 1, 20));
  }
  if (const auto attempts = number("AWS_METADATA_SERVICE_NUM_ATTEMPTS")) {
    out.attempts = static_cast<int>(std::clamp<std::uint64_t>(*attempts, 1, 5));
  }
  return out;
}

}  // namespace

std::expected<Source, std::string> find_source(const Environment& environment,
                                               const std::optional<std::string>& profile) {
  if (!profile) {
    TRY(auto given, from_environment(environment));
    if (given) return *std::move(given);
  }
  const Profile settings = load_profile(environment, profile);
  TRY(auto found, from_profile(environment, settings, profile.has_value()));
  if (found) return *std::move(found);
  if (profile) {
    return std::unexpected(fmt::format(
        "profile '{}' holds no credentials: give it aws_access_key_id and aws_secret_access_key, "
        "or credential_process",
        settings.name));
  }
  if (auto container = from_container(environment)) return *std::move(container);
  if (equal_ignoring_case(environment("AWS_EC2_METADATA_DISABLED").value_or(""), "true")) {
    return std::unexpected(
        "there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or make a "
        "profile with `aws configure`");
  }
  return from_instance(environment);
}

std::expected<Timed, std::string> load(const Source& source, UnixSeconds now) {
  auto loaded = std::visit(
      [](const auto& each) -> std::expected<Timed, std::string> { return fetch(each); }, source);
  if (loaded && loaded->ends_at && *loaded->ends_at <= now) {
    return std::unexpected(fmt::format("the credentials from {} ended at {}: get new ones",
                                       loaded->source, to_rfc3339(*loaded->ends_at)));
  }
  return loaded;
}

}  // namespace signpost::credentials
