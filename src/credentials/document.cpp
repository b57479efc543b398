#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "credentials/fetch.hpp"

namespace signpost::credentials {
namespace {

std::string text_of(const boost::json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(*text);
}

}  // namespace

std::expected<Timed, std::string> parse_document(std::string_view json, std::string source) {
  boost::system::error_code error;
  const boost::json::value document = boost::json::parse(json, error);
  const auto* object = error ? nullptr : document.if_object();
  if (object == nullptr) return std::unexpected(source + " gave no JSON object");
  Timed out;
  out.credentials.access_key_id = text_of(*object, "AccessKeyId");
  out.credentials.secret_access_key = Secret(text_of(*object, "SecretAccessKey"));
  std::string token = text_of(*object, "SessionToken");
  if (token.empty()) token = text_of(*object, "Token");
  out.credentials.session_token = Secret(std::move(token));
  if (out.credentials.access_key_id.empty() || out.credentials.secret_access_key.empty()) {
    return std::unexpected(source + " gave no AccessKeyId or no SecretAccessKey");
  }
  const std::string end = text_of(*object, "Expiration");
  if (!end.empty()) {
    out.ends_at = parse_rfc3339(end);
    if (!out.ends_at) return std::unexpected(source + " gave an Expiration that is no time");
  }
  out.source = std::move(source);
  return out;
}

}  // namespace signpost::credentials
