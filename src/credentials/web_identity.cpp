#include <fmt/format.h>

#include "base/percent.hpp"
#include "base/try.hpp"
#include "credentials/fetch.hpp"
#include "net/http_client.hpp"
#include "s3/error_xml.hpp"
#include "s3/xml.hpp"

// AssumeRoleWithWebIdentity (AWS STS API reference): not signed, the token is what proves it.
namespace signpost::credentials {
namespace {

std::string form_of(const WebIdentity& identity, std::string_view token) {
  std::string form = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15";
  const auto add = [&form](std::string_view name, std::string_view value) {
    form.append("&").append(name).append("=");
    percent_encode_to(form, value, Slash::encode);
  };
  add("RoleArn", identity.role_arn);
  add("RoleSessionName", identity.session_name);
  add("WebIdentityToken", token);
  return form;
}

// STS's own words: <ErrorResponse><Error><Code>...
std::string error_of(const Reply& reply) {
  const auto document = s3::parse_xml(reply.body);
  const pugi::xml_node error = document ? document->root.child("Error") : pugi::xml_node();
  if (!error) return "";
  return fmt::format(": {}: {}", s3::xml_child_text(error, "Code").value_or(""),
                     s3::xml_child_text(error, "Message").value_or(""));
}

std::expected<Timed, std::string> parse_answer(std::string_view body) {
  const auto document = s3::parse_xml(body);
  if (!document) return std::unexpected("STS gave no XML");
  const pugi::xml_node found =
      document->root.child("AssumeRoleWithWebIdentityResult").child("Credentials");
  const auto text = [&](const char* name) { return s3::xml_child_text(found, name).value_or(""); };
  Timed out{.credentials = {text("AccessKeyId"), Secret(text("SecretAccessKey")),
                            Secret(text("SessionToken"))},
            .ends_at = parse_rfc3339(text("Expiration")),
            .source = "STS, with the web identity token"};
  if (out.credentials.access_key_id.empty() || out.credentials.secret_access_key.empty() ||
      !out.ends_at) {
    return std::unexpected("STS gave no credentials in its answer");
  }
  return out;
}

}  // namespace

std::expected<Timed, std::string> fetch(const WebIdentity& identity) {
  auto token = read_small_file(identity.token_file);
  if (!token || token->empty()) {
    return std::unexpected(fmt::format(
        "AWS_WEB_IDENTITY_TOKEN_FILE: {} cannot be read, or is empty", identity.token_file));
  }
  while (token->ends_with('\n') || token->ends_with('\r')) token->pop_back();
  const auto origin = net::Origin::parse(identity.endpoint);
  if (!origin || (!origin->tls && !is_loopback_host(origin->host))) {
    return std::unexpected(fmt::format(
        "AWS_ENDPOINT_URL_STS: '{}' must be https://HOST, so that nobody reads the token",
        identity.endpoint));
  }
  Call request{.method = "POST",
               .origin = identity.endpoint,
               .target = "/",
               .fields = {{"Content-Type", "application/x-www-form-urlencoded"}},
               .body = form_of(identity, *token),
               .deadline = std::chrono::seconds(20)};
  TRY(const Reply reply, call(request));
  if (reply.status != 200) {
    return std::unexpected(fmt::format("{} answered {} to the role {}{}", identity.endpoint,
                                       reply.status, identity.role_arn, error_of(reply)));
  }
  return parse_answer(reply.body);
}

}  // namespace signpost::credentials
