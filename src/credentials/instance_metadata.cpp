#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/try.hpp"
#include "credentials/fetch.hpp"

// Version 2 alone (EC2 User Guide, "Use the Instance Metadata Service"): a token by PUT, which a
// forged request of a browser or a proxy cannot send, then the role's name, then its credentials.
namespace signpost::credentials {
namespace {

constexpr const char* role_path = "/latest/meta-data/iam/security-credentials/";
const std::string source = "the instance's metadata";

std::string nowhere(const std::string& why) {
  return fmt::format(
      "there are no credentials in the environment, in a profile or from a container, and the "
      "instance metadata service gives none: {}. Set AWS_ACCESS_KEY_ID and "
      "AWS_SECRET_ACCESS_KEY, or make a profile with `aws configure`. On EC2: attach a role to the "
      "instance, and from a container allow two hops (aws ec2 modify-instance-metadata-options "
      "--http-put-response-hop-limit 2)",
      why);
}

std::expected<std::string, std::string> ask(const Call& request, std::string_view what) {
  TRY(Reply reply, call(request));
  if (reply.status != 200) {
    return std::unexpected(fmt::format("{} answers {} for {}", request.origin, reply.status, what));
  }
  return std::move(reply.body);
}

std::expected<Timed, std::string> attempt(const InstanceMetadata& instance) {
  std::string origin = instance.endpoint;
  if (origin.ends_with('/')) origin.pop_back();
  Call request{.method = "PUT",
               .origin = origin,
               .target = "/latest/api/token",
               .fields = {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}},
               .deadline = instance.timeout};
  TRY(const std::string token, ask(request, "a token"));
  const std::string_view clean = trim(token);
  if (clean.empty() || clean.find_first_of("\r\n") != std::string_view::npos) {
    return std::unexpected(origin + " gives an empty or broken token");
  }
  request.method = "GET";
  request.fields = {{"X-aws-ec2-metadata-token", std::string(clean)}};
  request.target = role_path;
  TRY(const std::string roles, ask(request, "the instance's role"));
  const std::string role(trim(std::string_view(roles).substr(0, roles.find('\n'))));
  const bool proper = !role.empty() && role.find_first_of("\r /?#%") == std::string::npos;
  if (!proper) return std::unexpected(origin + " names no role");
  request.target = role_path + role;
  TRY(const std::string document, ask(request, "the role's credentials"));
  return parse_document(document, source);
}

}  // namespace

std::expected<Timed, std::string> fetch(const InstanceMetadata& instance) {
  auto result = attempt(instance);
  for (int i = 1; i < instance.attempts && !result; ++i) result = attempt(instance);
  if (!result) return std::unexpected(nowhere(result.error()));
  return result;
}

}  // namespace signpost::credentials
