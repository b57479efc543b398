#include "cli/presigned_url.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/percent.hpp"

namespace signpost::cli {
namespace {

std::string decoded(std::string_view text) {
  return percent_decode(text).value_or(std::string(text));
}

std::vector<PresignedUrl::Parameter> parse_parameters(std::string_view query) {
  std::vector<PresignedUrl::Parameter> out;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    out.push_back({decoded(pair.substr(0, equals)),
                   decoded(pair.substr(std::min(equals + 1, pair.size()))), std::string(pair)});
  }
  return out;
}

std::string_view without_port(std::string_view authority) {
  const std::size_t bracket = authority.rfind(']');
  return authority.substr(0, authority.find(':', bracket == std::string_view::npos ? 0 : bracket));
}

// "photos.s3.eu-central-1.amazonaws.com" and its like; Amazon's service hosts begin with "s3".
std::optional<std::string_view> bucket_of_amazon(std::string_view host) {
  if (!host.ends_with(".amazonaws.com") && !host.ends_with(".amazonaws.com.cn"))
    return std::nullopt;
  const std::size_t service = host.rfind(".s3");
  if (service == std::string_view::npos || service == 0) return std::nullopt;
  return host.substr(0, service);
}

}  // namespace

std::optional<PresignedUrl> PresignedUrl::parse(std::string_view text) {
  text = trim(text);
  PresignedUrl out;
  const std::size_t colon = std::min(text.find("://"), text.size());
  out.scheme = to_lower(text.substr(0, colon));
  if (colon == text.size() || (out.scheme != "http" && out.scheme != "https")) return std::nullopt;
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  out.authority = rest.substr(0, end);
  if (out.authority.empty() || out.authority.contains('@')) return std::nullopt;
  rest.remove_prefix(end);
  const std::size_t question = std::min(rest.find('?'), rest.size());
  out.path = question == 0 ? "/" : std::string(rest.substr(0, question));
  out.query = rest.substr(std::min(question + 1, rest.size()));
  out.parameters = parse_parameters(out.query);
  return out;
}

std::optional<std::string_view> PresignedUrl::get(std::string_view name) const {
  auto found = std::ranges::find(parameters, name, &Parameter::name);
  if (found == parameters.end()) return std::nullopt;
  return found->value;
}

std::string PresignedUrl::host() const {
  std::string out = to_lower(authority);
  const std::string_view port = scheme == "https" ? ":443" : ":80";
  if (out.ends_with(port) && !out.ends_with("]")) out.resize(out.size() - port.size());
  return out;
}

bool is_signature_parameter(std::string_view name) {
  constexpr std::array<std::string_view, 7> names = {
      "X-Amz-Algorithm",     "X-Amz-Credential",     "X-Amz-Date",     "X-Amz-Expires",
      "X-Amz-SignedHeaders", "X-Amz-Security-Token", "X-Amz-Signature"};
  return std::ranges::find(names, name) != names.end();
}

UrlTarget target_of(const PresignedUrl& url, std::string_view store_host) {
  const std::string host = url.host();
  const std::string path = decoded(url.path).substr(1);
  if (auto bucket = bucket_of_amazon(without_port(host))) return {std::string(*bucket), path, true};
  const std::string below = "." + std::string(store_host);
  if (!store_host.empty() && host.size() > below.size() && host.ends_with(below))
    return {host.substr(0, host.size() - below.size()), path, true};
  const std::size_t slash = std::min(path.find('/'), path.size());
  return {path.substr(0, slash), path.substr(std::min(slash + 1, path.size())), false};
}

}  // namespace signpost::cli
