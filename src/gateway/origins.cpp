#include "gateway/origins.hpp"

#include <algorithm>

namespace signpost::gateway {
namespace {

bool same_host(const http::WebOrigin& origin, http::Host host) {
  std::uint16_t scheme_port = origin.https ? 443 : 80;
  if (host.port == scheme_port) host.port.reset();
  return origin.host == host;
}

std::string fields_of_scripts(const std::vector<ForwardOptions>& apps) {
  std::string out =
      "Authorization, Content-MD5, Content-Type, Idempotency-Key, If-Match, If-Modified-Since, "
      "If-None-Match, If-Range, If-Unmodified-Since, Range";
  for (const ForwardOptions& app : apps)
    for (const std::string& name : app.request_headers) out.append(", ").append(name);
  return out;
}

}  // namespace

Origins::Origins(const Options& options)
    : allowed_(options.allowed_origins), script_fields_(fields_of_scripts(options.forwards)) {
  if (options.public_url) {
    own_.push_back(*options.public_url);
  } else {
    const char* scheme = options.tls ? "https://" : "http://";
    if (auto listen = http::WebOrigin::parse(scheme + options.listen)) {
      own_.push_back(*listen);
      own_.push_back({listen->https, {"localhost", listen->host.port}});
    }
  }
  for (const http::WebOrigin& own : own_)
    own_hosts_.push_back(own.to_string().substr(own.https ? 8 : 7));  // without "https://"
  secure_ = !own_.empty() && own_.front().https;
}

bool Origins::is_own_host(std::string_view host_field) const {
  if (std::ranges::find(own_hosts_, host_field) != own_hosts_.end()) return true;
  auto host = http::Host::parse(host_field);
  return host && std::ranges::any_of(
                     own_, [&](const http::WebOrigin& own) { return same_host(own, *host); });
}

bool Origins::is_trusted(std::string_view origin_field) const {
  // A browser sends the one serialization (RFC 6454 section 6.2): what only means the same origin
  // was not sent by one.
  auto origin = http::WebOrigin::parse(origin_field);
  return origin && origin->to_string() == origin_field &&
         (std::ranges::find(own_, *origin) != own_.end() ||
          std::ranges::find(allowed_, *origin) != allowed_.end());
}

std::vector<std::string> Origins::trusted() const {
  std::vector<std::string> out;
  for (const auto* list : {&own_, &allowed_})
    for (const http::WebOrigin& origin : *list)
      if (std::ranges::find(out, origin.to_string()) == out.end())
        out.push_back(origin.to_string());
  return out;
}

}  // namespace signpost::gateway
