#include "gateway/routes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/percent.hpp"
#include "gateway/handlers.hpp"

namespace signpost::gateway {
namespace {

constexpr std::string_view page_pattern = "/{page}";
constexpr std::string_view key_parameter = "{key}";
using domain::Scope;
constexpr std::nullopt_t any = std::nullopt;  // any scope, or no credential at all

// Columns: method, path, scope, CSRF, body, cache, Host, handler. Whether a credential is needed
// follows from the handler's type.
constexpr std::array table{
    Route{"GET", "/healthz", any, Csrf::none, Body::none, Cache::no_store, HostCheck::exempt,
          OpenHandler(get_health)},
    Route{"GET", "/readyz", any, Csrf::none, Body::none, Cache::no_store, HostCheck::exempt,
          OpenHandler(get_readiness)},
    Route{"GET", "/metrics", any, Csrf::none, Body::none, Cache::no_store, HostCheck::exempt,
          OpenHandler(get_metrics)},
    Route{"GET", "/openapi.json", any, Csrf::none, Body::none, Cache::by_handler, HostCheck::own,
          OpenHandler(get_openapi)},

    Route{"POST", "/v1/session", any, Csrf::sign_in, Body::json, Cache::no_store, HostCheck::own,
          OpenHandler(create_session)},
    Route{"GET", "/v1/session", any, Csrf::none, Body::none, Cache::no_store, HostCheck::own,
          CallerHandler(get_session)},
    Route{"DELETE", "/v1/session", any, Csrf::by_cookie, Body::none, Cache::no_store,
          HostCheck::own, CallerHandler(delete_session)},

    Route{"GET", "/v1/sessions", Scope::read, Csrf::none, Body::none, Cache::no_store,
          HostCheck::own, CallerHandler(list_sessions)},
    Route{"DELETE", "/v1/sessions/{id}", Scope::write, Csrf::by_cookie, Body::none, Cache::no_store,
          HostCheck::own, CallerHandler(delete_session_by_id)},

    Route{"POST", "/v1/users", Scope::admin, Csrf::by_cookie, Body::json, Cache::no_store,
          HostCheck::own, CallerHandler(create_user)},
    Route{"GET", "/v1/users", Scope::admin, Csrf::none, Body::none, Cache::no_store, HostCheck::own,
          CallerHandler(list_users)},
    Route{"GET", "/v1/users/{username}", Scope::admin, Csrf::none, Body::none, Cache::no_store,
          HostCheck::own, CallerHandler(get_user)},
    Route{"PATCH", "/v1/users/{username}", Scope::admin, Csrf::by_cookie, Body::json,
          Cache::no_store, HostCheck::own, CallerHandler(patch_user)},

    Route{"POST", "/v1/tokens", Scope::write, Csrf::by_cookie, Body::json, Cache::no_store,
          HostCheck::own, CallerHandler(create_token)},
    Route{"GET", "/v1/tokens", Scope::read, Csrf::none, Body::none, Cache::no_store, HostCheck::own,
          CallerHandler(list_tokens)},
    Route{"DELETE", "/v1/tokens/{id}", Scope::write, Csrf::by_cookie, Body::none, Cache::no_store,
          HostCheck::own, CallerHandler(delete_token)},

    Route{"POST", "/v1/files", Scope::write, Csrf::by_cookie, Body::json, Cache::no_store,
          HostCheck::own, CallerHandler(create_file)},
    Route{"GET", "/v1/files", Scope::read, Csrf::none, Body::none, Cache::no_store, HostCheck::own,
          MaybeCallerHandler(list_files)},
    Route{"GET", "/v1/files/{id}", Scope::read, Csrf::none, Body::none, Cache::no_store,
          HostCheck::own, MaybeCallerHandler(get_file)},
    Route{"PATCH", "/v1/files/{id}", Scope::write, Csrf::by_cookie, Body::json, Cache::no_store,
          HostCheck::own, CallerHandler(patch_file)},
    Route{"DELETE", "/v1/files/{id}", Scope::write, Csrf::by_cookie, Body::none, Cache::no_store,
          HostCheck::own, CallerHandler(delete_file)},
    Route{"POST", "/v1/files/{id}/complete", Scope::write, Csrf::by_cookie, Body::json,
          Cache::no_store, HostCheck::own, CallerHandler(complete_file)},
    Route{"PUT", "/v1/files/{id}/content", Scope::write, Csrf::by_cookie, Body::bytes,
          Cache::no_store, HostCheck::own, CallerHandler(put_content)},
    Route{"GET", "/v1/files/{id}/content", Scope::read, Csrf::none, Body::none, Cache::by_handler,
          HostCheck::own, MaybeCallerHandler(get_content)},
    Route{"GET", "/v1/files/{id}/url", Scope::read, Csrf::none, Body::none, Cache::no_store,
          HostCheck::own, MaybeCallerHandler(get_url)},
    Route{"DELETE", "/v1/files/{id}/urls", Scope::share, Csrf::by_cookie, Body::none,
          Cache::no_store, HostCheck::own, CallerHandler(withdraw_urls)},
    Route{"POST", "/v1/urls", Scope::read, Csrf::by_cookie, Body::json, Cache::no_store,
          HostCheck::own, CallerHandler(create_urls)},
    Route{"GET", "/v1/files/{id}/grants", Scope::read, Csrf::none, Body::none, Cache::no_store,
          HostCheck::own, CallerHandler(list_file_grants)},
    Route{"PUT", "/v1/files/{id}/grants/{principal}", Scope::share, Csrf::by_cookie, Body::json,
          Cache::no_store, HostCheck::own, CallerHandler(put_file_grant)},
    Route{"DELETE", "/v1/files/{id}/grants/{principal}", Scope::share, Csrf::by_cookie, Body::none,
          Cache::no_store, HostCheck::own, CallerHandler(delete_file_grant)},

    Route{"POST", "/v1/albums", Scope::write, Csrf::by_cookie, Body::json, Cache::no_store,
          HostCheck::own, CallerHandler(create_album)},
    Route{"GET", "/v1/albums", Scope::read, Csrf::none, Body::none, Cache::no_store, HostCheck::own,
          CallerHandler(list_albums)},
    Route{"GET", "/v1/albums/{id}", Scope::read, Csrf::none, Body::none, Cache::no_store,
          HostCheck::own, MaybeCallerHandler(get_album)},
    Route{"PATCH", "/v1/albums/{id}", Scope::write, Csrf::by_cookie, Body::json, Cache::no_store,
          HostCheck::own, CallerHandler(patch_album)},
    Route{"DELETE", "/v1/albums/{id}", Scope::write, Csrf::by_cookie, Body::none, Cache::no_store,
          HostCheck::own, CallerHandler(delete_album)},
    Route{"GET", "/v1/albums/{id}/grants", Scope::read, Csrf::none, Body::none, Cache::no_store,
          HostCheck::own, CallerHandler(list_album_grants)},
    Route{"PUT", "/v1/albums/{id}/grants/{principal}", Scope::share, Csrf::by_cookie, Body::json,
          Cache::no_store, HostCheck::own, CallerHandler(put_album_grant)},
    Route{"DELETE", "/v1/albums/{id}/grants/{principal}", Scope::share, Csrf::by_cookie, Body::none,
          Cache::no_store, HostCheck::own, CallerHandler(delete_album_grant)},

    Route{"GET", "/v1/audit", Scope::admin, Csrf::none, Body::none, Cache::no_store, HostCheck::own,
          CallerHandler(list_audit)},

    Route{"GET", "/files/{id}", Scope::read, Csrf::none, Body::none, Cache::by_handler,
          HostCheck::own, MaybeCallerHandler(get_content)},
    Route{"GET", "/files/{id}/{name}", Scope::read, Csrf::none, Body::none, Cache::by_handler,
          HostCheck::own, MaybeCallerHandler(get_content)},

    Route{"GET", "/v1/objects/{key}/url", Scope::read, Csrf::none, Body::none, Cache::no_store,
          HostCheck::own, CallerHandler(get_object_url)},
    Route{"POST", "/v1/objects/{key}/upload", Scope::write, Csrf::by_cookie, Body::json,
          Cache::no_store, HostCheck::own, CallerHandler(create_object_upload)},
    Route{"GET", "/objects/{key}", Scope::read, Csrf::none, Body::none, Cache::by_handler,
          HostCheck::own, CallerHandler(get_object_content)},

    Route{"GET", page_pattern, any, Csrf::none, Body::none, Cache::by_handler, HostCheck::own,
          OpenHandler(get_page)},
};

// Up to eight first bytes as one number.
constexpr std::uint64_t first_bytes(std::string_view text) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(text.size(), 8); ++i)
    out |= std::uint64_t{static_cast<std::uint8_t>(text[i])} << (8 * i);
  return out;
}

// Routes that stand one after the other in the table and whose paths begin alike: one comparison of
// numbers rules all of them out.
struct Run {
  std::uint64_t bytes;
  std::uint64_t mask;      // of those that count
  std::size_t first, end;  // in the table
  constexpr bool may_match(std::uint64_t path) const { return (path & mask) == bytes; }
  constexpr bool begins_like(const Run& other) const {
    return bytes == other.bytes && mask == other.mask;
  }
};

constexpr Run run_of(std::size_t index) {
  const std::string_view pattern = table[index].pattern;
  const std::string_view text = pattern.substr(0, pattern.find('{'));
  // Never empty: every pattern begins with a slash.
  return {.bytes = first_bytes(text),
          .mask = ~std::uint64_t{0} >> (64 - 8 * std::min<std::size_t>(text.size(), 8)),
          .first = index,
          .end = index + 1};
}

constexpr std::size_t run_count = [] {
  std::size_t out = 1;
  for (std::size_t i = 1; i < table.size(); ++i) out += !run_of(i).begins_like(run_of(i - 1));
  return out;
}();

constexpr std::array runs = [] {
  std::array<Run, run_count> out{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Run run = run_of(i);
    if (count > 0 && run.begins_like(out[count - 1])) {
      ++out[count - 1].end;
    } else {
      out[count++] = run;
    }
  }
  return out;
}();

static_assert(std::ranges::all_of(table, [](const Route& route) {
  const auto names = std::ranges::count(route.pattern, '{');
  return static_cast<std::size_t>(names) <= PathParameters::most;
}));

// Takes one segment, "/abc", off the front and gives "abc".
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  auto end = std::min(path.find('/'), path.size());
  std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

// A {key} is all that stands between what is before and after it, slashes included.
std::optional<PathParameters> match_key(std::string_view pattern, std::string_view path) {
  std::size_t at = pattern.find(key_parameter);
  std::string_view before = pattern.substr(0, at);
  std::string_view after = pattern.substr(at + key_parameter.size());
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) ||
      !path.ends_with(after))
    return std::nullopt;
  path.remove_prefix(before.size());
  path.remove_suffix(after.size());
  auto key = percent_decode(path);
  if (!key) return std::nullopt;
  PathParameters out;
  out.values.emplace_back("key", *std::move(key));
  return out;
}

std::optional<PathParameters> match_pattern(std::string_view pattern, std::string_view path) {
  if (pattern.contains(key_parameter)) return match_key(pattern, path);
  PathParameters out;
  while (pattern.starts_with('/') && path.starts_with('/')) {
    std::string_view want = take_segment(pattern);
    std::string_view have = take_segment(path);
    if (!want.starts_with('{')) {
      if (want != have) return std::nullopt;
      continue;
    }
    auto value = percent_decode(have);
    if (have.empty() || !value) return std::nullopt;
    out.values.emplace_back(want.substr(1, want.size() - 2), *std::move(value));
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return out;
}

bool takes_method(const Route& route, std::string_view method) {
  return route.method == method || (route.method == "GET" && method == "HEAD");
}

}  // namespace

std::string_view PathParameters::get(std::string_view name) const {
  for (const auto& [key, value] : values)
    if (key == name) return value;
  return {};
}

std::span<const Route> routes() {
  return table;
}

std::expected<RouteMatch, RouteMiss> match_route(std::string_view method, std::string_view path,
                                                 bool is_page) {
  RouteMiss miss;
  const std::uint64_t bytes = first_bytes(path);
  for (const Run& run : runs) {
    if (!run.may_match(bytes)) continue;
    for (const Route& route : std::span(table).subspan(run.first, run.end - run.first)) {
      bool page = route.pattern == page_pattern;
      auto parameters = page ? (is_page ? std::optional(PathParameters{}) : std::nullopt)
                             : match_pattern(route.pattern, path);
      if (!parameters) continue;
      if (takes_method(route, method)) return RouteMatch{&route, *std::move(parameters)};
      miss.allow += route.method;
      miss.allow += route.method == "GET" ? ", HEAD, " : ", ";
    }
  }
  if (!miss.allow.empty()) miss.allow += "OPTIONS";
  return std::unexpected(std::move(miss));
}

}  // namespace signpost::gateway
