#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/limits.hpp"
#include "base/random.hpp"
#include "base/try.hpp"
#include "gateway/authenticate.hpp"
#include "gateway/client_address.hpp"
#include "gateway/handlers.hpp"
#include "gateway/json_body.hpp"
#include "gateway/problem_response.hpp"
#include "http/cookie.hpp"

namespace signpost::gateway {
namespace {

constexpr std::size_t token_random_bytes = 32;

std::string describe(const domain::Principal& principal, const std::vector<domain::Group>& groups,
                     bool admin, std::optional<UnixSeconds> expires_at) {
  boost::json::array names;
  for (const domain::Group& group : groups) names.emplace_back(group.text());
  boost::json::object body;
  body["principal"] = principal.text();
  body["groups"] = std::move(names);
  body["admin"] = admin;
  if (expires_at) body["expires_at"] = to_rfc3339(*expires_at);
  return boost::json::serialize(body);
}

http::SetCookie session_cookie(const Shared& shared, std::string value,
                               std::chrono::seconds max_age) {
  return {.name = shared.session_cookie,
          .value = std::move(value),
          .secure = shared.origins.secure(),
          .max_age = max_age};
}

// Who signs in with a name and a password.
net::Task<std::expected<domain::Caller, http::Problem>> sign_in_by_password(Request& request) {
  CO_TRY(JsonFields fields, co_await read_json(request.exchange));
  std::string username = fields.required_text("username", limits::file_name_bytes);
  Secret password(fields.required_text("password", limits::password_bytes));
  CO_TRYV(fields.finish());

  Shared& shared = request.shared();
  auto address = client_address(request.exchange, shared.options.trusted_proxies);
  CO_TRYV(shared.sign_in_limits.begin(username, address));
  auto find = [&]() -> std::optional<domain::User> {
    if (!domain::is_username(username)) return std::nullopt;
    return shared.catalog.find_user(username);
  };
  std::optional<domain::User> user = co_await shared.pool.run(find);
  bool usable = user && !user->disabled;
  auto right = co_await shared.passwords.check(password, usable ? &user->password_hash : nullptr);
  if (!right) {
    shared.sign_in_limits.withdrawn(username, address);
    co_return std::unexpected(problem(503, "busy", "Too many are signing in now; try again."));
  }
  auto principal =
      usable ? domain::Principal::user(domain::local_issuer, user->username) : std::nullopt;
  if (!*right || !principal)
    co_return std::unexpected(
        problem(401, "wrong_credentials", "The user name or the password is wrong."));
  shared.sign_in_limits.succeeded(username, address);
  domain::Caller caller{.principal = *std::move(principal),
                        .groups = {},
                        .admin = user->admin,
                        .authentication = domain::Authentication::session_cookie,
                        .ends_at = std::nullopt};
  co_return caller;
}

net::Task<std::expected<domain::Caller, http::Problem>> sign_in_by_token(Request& request) {
  auto token = bearer_token(request.head());
  if (!token) co_return std::unexpected(bad_credential());
  if (!*token)
    co_return std::unexpected(invalid("Send a user name and a password, or a bearer token."));
  auto caller = co_await caller_of_token(request.services, **token, request.now);
  if (!caller) co_return std::unexpected(bad_credential());
  co_return *std::move(caller);
}

}  // namespace

// A session that the client brings along ends: a cookie that somebody planted becomes worthless
// (session fixation).
net::Task<Outcome> create_session(Request& request) {
  std::expected<domain::Caller, http::Problem> caller = std::unexpected(credential_needed());
  if (request.head().has_body()) {
    caller = co_await sign_in_by_password(request);
  } else {
    caller = co_await sign_in_by_token(request);
  }
  if (!caller) co_return std::unexpected(std::move(caller).error());

  Shared& shared = request.shared();
  std::string token = random_token(token_random_bytes);
  UnixSeconds expires_at = request.now + shared.options.session_life;
  if (caller->ends_at) expires_at = std::min(expires_at, *caller->ends_at);
  domain::Session session{.token_hash = session_token_hash(token),
                          .principal = caller->principal,
                          .groups = caller->groups,
                          .admin = caller->admin,
                          .created_at = request.now,
                          .expires_at = expires_at};
  auto old = cookie_value(request.head(), shared.session_cookie);
  auto store = [&] {
    if (old && *old) shared.catalog.delete_session(session_token_hash(**old));
    shared.catalog.create_session(session);
  };
  co_await shared.pool.run(store);

  net::Response response =
      json_response(describe(caller->principal, caller->groups, caller->admin, expires_at));
  http::SetCookie cookie = session_cookie(shared, std::move(token), expires_at - request.now);
  response.headers.add("Set-Cookie", cookie.to_string());
  co_return response;
}

net::Task<Outcome> get_session(Request&, const domain::Caller& caller) {
  co_return json_response(describe(caller.principal, caller.groups, caller.admin, caller.ends_at));
}

net::Task<Outcome> delete_session(Request& request, const domain::Caller&) {
  Shared& shared = request.shared();
  auto token = cookie_value(request.head(), shared.session_cookie);
  if (token && *token) {
    auto end = [&] { return shared.catalog.delete_session(session_token_hash(**token)); };
    co_await shared.pool.run(end);
  }
  net::Response response{.status = 204, .headers = {}, .body = {}};
  http::SetCookie cookie = session_cookie(shared, "", std::chrono::seconds{0});
  response.headers.add("Set-Cookie", cookie.to_string());
  co_return response;
}

}  // namespace signpost::gateway
