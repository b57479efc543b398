#include "sigv4/endpoint.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace signpost::sigv4 {
namespace {

bool is_port(std::string_view text) {
  const auto number = parse_u64(text);
  return number && *number >= 1 && *number <= 65535;
}

// A registered name, an IPv4 address, or an IPv6 literal in brackets (RFC 3986 section 3.2.2),
// without percent-encoding, which no S3 host has.
bool is_host(std::string_view host) {
  if (host.empty()) return false;
  if (host.front() == '[') {
    if (host.size() < 4 || host.back() != ']') return false;
    return std::ranges::all_of(host.substr(1, host.size() - 2), [](char c) {
      return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f') || c == ':' || c == '.';
    });
  }
  return std::ranges::all_of(
      host, [](char c) { return is_digit(c) || is_alpha(c) || c == '.' || c == '-' || c == '_'; });
}

}  // namespace

std::string_view to_string(EndpointError error) {
  switch (error) {
    case EndpointError::no_scheme:
      return "the URL must begin with https:// or http://";
    case EndpointError::bad_authority:
      return "the URL needs a host, with a port from 1 to 65535 or none, and no user name";
    case EndpointError::has_path:
      return "the URL may have no path, query or fragment behind the host";
  }
  return "";
}

std::expected<Endpoint, EndpointError> Endpoint::parse(std::string_view url,
                                                       Addressing addressing) {
  Endpoint out;
  out.addressing_ = addressing;
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) return std::unexpected(EndpointError::no_scheme);
  out.scheme_ = to_lower(url.substr(0, colon));
  if (out.scheme_ != "http" && out.scheme_ != "https")
    return std::unexpected(EndpointError::no_scheme);
  std::string_view authority = url.substr(colon + 3);
  if (authority.ends_with('/')) authority.remove_suffix(1);
  if (authority.find_first_of("/?#") != std::string_view::npos)
    return std::unexpected(EndpointError::has_path);

  const auto bracket = authority.rfind(']');
  const auto port_colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view host = authority.substr(0, port_colon);
  if (!is_host(host)) return std::unexpected(EndpointError::bad_authority);
  out.authority_ = to_lower(authority);
  out.host_ = out.authority_;
  if (port_colon != std::string_view::npos) {
    const std::string_view port = authority.substr(port_colon + 1);
    if (!is_port(port)) return std::unexpected(EndpointError::bad_authority);
    if (port == (out.scheme_ == "https" ? "443" : "80")) out.host_ = to_lower(host);
  }
  return out;
}

std::string Endpoint::host(std::string_view bucket) const {
  if (addressing_ == Addressing::path_style || bucket.empty()) return host_;
  return std::string(bucket) + "." + host_;
}

}  // namespace signpost::sigv4
