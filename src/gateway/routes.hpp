#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/request.hpp"

namespace signpost::gateway {

// A handler that needs no credential, and so never sees one; one that cannot be called without an
// authenticated caller; and one for what its owner may have opened to anyone: its caller is null
// where no credential came along, and a bad one is refused before it.
using OpenHandler = net::Task<Outcome> (*)(Request&);
using CallerHandler = net::Task<Outcome> (*)(Request&, const domain::Caller&);
using MaybeCallerHandler = net::Task<Outcome> (*)(Request&, const domain::Caller*);
using RouteHandler = std::variant<OpenHandler, CallerHandler, MaybeCallerHandler>;

enum class Csrf {
  none,       // safe, or nothing that a cookie could authenticate
  by_cookie,  // an unsafe method: where a cookie authenticates it, its origin must be trusted
  sign_in,    // gives a cookie: an origin that a browser claims must be trusted
};
enum class Body {
  none,
  json,   // 403 for another type where a cookie authenticates, 415 otherwise
  bytes,  // an upload: its handler compares the type
};
enum class Cache {
  no_store,
  by_handler,
};
enum class HostCheck {
  own,     // 421 for any other Host
  exempt,  // health checks come by address
};

struct Route {
  std::string_view method;   // GET stands for HEAD too
  std::string_view pattern;  // "/v1/files/{id}": a {name} is one segment, not
                             // empty; {key} may be several
  // What an API token must be good for: the least that does. Null where any token does, and where
  // no credential is looked at.
  std::optional<domain::Scope> scope;
  Csrf csrf;
  Body body;
  Cache cache;
  HostCheck host_check;
  RouteHandler handler;

  bool needs_caller() const { return std::holds_alternative<CallerHandler>(handler); }
  bool asks_for_caller() const { return !std::holds_alternative<OpenHandler>(handler); }
};

// The table.
std::span<const Route> routes();

struct RouteMatch {
  const Route* route;
  PathParameters path;
};
struct RouteMiss {
  std::string allow;  // the methods that the path has, "GET, HEAD, OPTIONS"; empty: no such path
};
// `path` is as it stands on the wire. `is_page` says whether the page has a file of that path.
std::expected<RouteMatch, RouteMiss> match_route(std::string_view method, std::string_view path,
                                                 bool is_page);

}  // namespace signpost::gateway
