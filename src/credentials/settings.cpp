#include "credentials/settings.hpp"

#include "base/ascii.hpp"

namespace signpost::credentials {
namespace {

std::optional<std::string> value_of(const Section& section, std::string_view name) {
  const auto at = section.find(name);
  if (at == section.end() || at->second.empty()) return std::nullopt;
  return at->second;
}

std::string path_of(const Environment& environment, const char* variable, const char* usual) {
  const std::string home = environment("HOME").value_or("");
  std::string path = environment(variable).value_or(home.empty() ? "" : home + usual);
  if (path.starts_with("~/") && !home.empty()) path.replace(0, 1, home);
  return path;
}

ProfileFile read(const std::string& path) {
  return parse_profile_file(read_small_file(path).value_or(""));
}

}  // namespace

std::optional<std::string> Profile::get(std::string_view wanted) const {
  if (auto value = value_of(credentials, wanted)) return value;
  return value_of(config, wanted);
}

Profile load_profile(const Environment& environment, const std::optional<std::string>& profile) {
  Profile out;
  auto name = profile;
  if (!name) name = environment("AWS_PROFILE");
  if (!name) name = environment("AWS_DEFAULT_PROFILE");
  out.named = name.has_value();
  out.name = name.value_or("default");
  out.credentials_file = path_of(environment, "AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials");
  out.config_file = path_of(environment, "AWS_CONFIG_FILE", "/.aws/config");
  const ProfileFile credentials = read(out.credentials_file);
  const ProfileFile config = read(out.config_file);
  if (const auto at = credentials.find(out.name); at != credentials.end()) {
    out.credentials = at->second;
    out.found = true;
  }
  auto at = config.find("profile " + out.name);
  if (at == config.end() && out.name == "default") at = config.find("default");
  if (at != config.end()) {
    out.config = at->second;
    out.found = true;
  }
  if (const auto services = value_of(out.config, "services")) {
    const auto section = config.find("services " + *services);
    if (section != config.end()) out.services = section->second;
  }
  return out;
}

S3Settings s3_settings(const Environment& environment, const Profile& profile) {
  S3Settings out;
  out.region = environment("AWS_REGION");
  if (!out.region) out.region = environment("AWS_DEFAULT_REGION");
  if (!out.region) out.region = profile.get("region");
  out.path_style = profile.get("s3.addressing_style").value_or("") == "path";
  const auto ignored = environment("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
  if (ignored && equal_ignoring_case(*ignored, "true")) return out;
  out.endpoint_url = environment("AWS_ENDPOINT_URL_S3");
  if (!out.endpoint_url) out.endpoint_url = value_of(profile.services, "s3.endpoint_url");
  if (!out.endpoint_url) out.endpoint_url = environment("AWS_ENDPOINT_URL");
  if (!out.endpoint_url) out.endpoint_url = profile.get("endpoint_url");
  return out;
}

}  // namespace signpost::credentials
