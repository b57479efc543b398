#include "http/host.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace signpost::http {
namespace {

constexpr std::size_t name_bytes = 253;

bool is_name(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.size() <= name_bytes &&
         std::ranges::all_of(text, [](char c) {
           return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
         });
}

bool is_bracketed_address(std::string_view text) {
  return text.size() > 2 && text.size() <= 47 && text.starts_with('[') && text.ends_with(']') &&
         std::ranges::all_of(text.substr(1, text.size() - 2), [](char c) {
           return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f') || c == ':' || c == '.';
         });
}

std::uint16_t default_port(bool https) {
  return https ? 443 : 80;
}

}  // namespace

std::optional<Host> Host::parse(std::string_view field_value) {
  Host out;
  std::string_view name = field_value;
  auto colon = field_value.starts_with('[') ? field_value.find(':', field_value.find(']'))
                                            : field_value.find(':');
  if (colon != std::string_view::npos) {
    std::string_view digits = field_value.substr(colon + 1);
    auto port = parse_u64(digits);
    if (!port || *port > 65535 || digits.size() > 5) return std::nullopt;
    out.port = static_cast<std::uint16_t>(*port);
    name = field_value.substr(0, colon);
  }
  if (!is_name(name) && !is_bracketed_address(name)) return std::nullopt;
  out.name = to_lower(name);
  return out;
}

std::optional<WebOrigin> WebOrigin::parse(std::string_view url) {
  WebOrigin out;
  auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  std::string scheme = to_lower(url.substr(0, scheme_end));
  if (scheme != "http" && scheme != "https") return std::nullopt;
  out.https = scheme == "https";
  std::string_view authority = url.substr(scheme_end + 3);
  if (authority.ends_with('/')) authority.remove_suffix(1);
  auto host = Host::parse(authority);
  if (!host) return std::nullopt;
  out.host = *std::move(host);
  if (out.host.port == default_port(out.https)) out.host.port.reset();
  return out;
}

std::string WebOrigin::to_string() const {
  std::string out = (https ? "https://" : "http://") + host.name;
  if (host.port) out += ":" + std::to_string(*host.port);
  return out;
}

}  // namespace signpost::http
