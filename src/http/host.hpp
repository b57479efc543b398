#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signpost::http {

// The value of Host: a name in lower case, and the port where there is one (RFC 9110 section 7.2).
// An IPv6 address keeps its brackets.
struct Host {
  std::string name;
  std::optional<std::uint16_t> port;
  // Nothing for an empty name, user information, a port above 65535 or empty, or a character that
  // no host has.
  static std::optional<Host> parse(std::string_view field_value);
  friend bool operator==(const Host&, const Host&) = default;
};

// An origin in the form browsers send it (RFC 6454 section 6.2): "https://app.example.com",
// "http://localhost:3000". Scheme and name come out in lower case, the scheme's own port left out.
struct WebOrigin {
  bool https = false;
  Host host;
  // http and https alone, no path but "/", no query, user or fragment. "null" gives nothing.
  static std::optional<WebOrigin> parse(std::string_view url);
  std::string to_string() const;
  friend bool operator==(const WebOrigin&, const WebOrigin&) = default;
};

}  // namespace signpost::http
