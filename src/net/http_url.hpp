#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/http_client.hpp"

namespace signpost::net {

// Where a configured endpoint is, ready to be called.
struct HttpUrl {
  Origin origin;
  std::string target;  // path and query as they stand; "/" where there is no path

  // "http://host:port/path?query" or https. Nothing for a fragment, a user, or what a request line
  // cannot hold.
  static std::optional<HttpUrl> parse(std::string_view text);
};

}  // namespace signpost::net
