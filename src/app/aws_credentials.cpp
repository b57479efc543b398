#include "app/aws_credentials.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/ascii.hpp"

namespace signpost::app {

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  };
}

std::optional<sigv4::Credentials> parse_aws_profile(std::string_view text,
                                                    std::string_view profile) {
  sigv4::Credentials out;
  bool wanted = false;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trim(line);
    if (line.starts_with('[') && line.ends_with(']')) {
      wanted = trim(line.substr(1, line.size() - 2)) == profile;
      continue;
    }
    const std::size_t equals = line.find('=');
    if (!wanted || line.starts_with('#') || equals == std::string_view::npos) continue;
    const std::string_view name = trim(line.substr(0, equals));
    const std::string_view value = trim(line.substr(equals + 1));
    if (name == "aws_access_key_id") out.access_key_id = value;
    if (name == "aws_secret_access_key") out.secret_access_key = Secret(value);
    if (name == "aws_session_token") out.session_token = Secret(value);
  }
  if (out.access_key_id.empty() || out.secret_access_key.empty()) return std::nullopt;
  return out;
}

std::optional<sigv4::Credentials> find_aws_credentials(const Environment& environment) {
  const auto id = environment("AWS_ACCESS_KEY_ID");
  const auto secret = environment("AWS_SECRET_ACCESS_KEY");
  if (id && secret) {
    return sigv4::Credentials{*id, Secret(*secret),
                              Secret(environment("AWS_SESSION_TOKEN").value_or(""))};
  }
  std::string file = environment("AWS_SHARED_CREDENTIALS_FILE").value_or("");
  const auto home = environment("HOME");
  if (file.empty() && home) file = *home + "/.aws/credentials";
  std::ifstream stream(file, std::ios::binary);
  if (file.empty() || !stream.is_open()) return std::nullopt;
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  return parse_aws_profile(text, environment("AWS_PROFILE").value_or("default"));
}

}  // namespace signpost::app
