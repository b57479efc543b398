// Signing in and out, and the sessions that there are.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/limits.hpp"
#include "base/try.hpp"
#include "gateway/authenticate.hpp"
#include "gateway/handlers.hpp"
#include "gateway/json_body.hpp"
#include "gateway/list_page.hpp"
#include "gateway/parameters.hpp"
#include "gateway/problem_response.hpp"
#include "gateway/sign_in.hpp"

namespace signpost::gateway {
namespace {

std::string describe(const domain::Caller& caller, std::optional<UnixSeconds> expires_at) {
  boost::json::array names;
  for (const domain::Group& group : caller.groups) names.emplace_back(group.text());
  boost::json::object body;
  body["principal"] = caller.principal.text();
  body["groups"] = std::move(names);
  body["admin"] = caller.admin;
  if (expires_at) body["expires_at"] = to_rfc3339(*expires_at);
  return boost::json::serialize(body);
}

// Who signs in, and the hash of the password that was shown, where one was.
struct SignIn {
  domain::Caller caller;
  std::optional<Secret> checked;
};

net::Task<std::expected<SignIn, http::Problem>> sign_in_by_password(Request& request) {
  CO_TRY(JsonFields fields, co_await read_json(request));
  std::string username = fields.required_text("username", limits::file_name_bytes);
  Secret password(fields.required_text("password", limits::password_bytes));
  CO_TRYV(fields.finish());
  CO_TRY(domain::User user,
         co_await check_password(request, std::move(username), std::move(password)));
  domain::Caller caller{.principal = domain::principal_of(user),
                        .groups = {},
                        .admin = user.admin,
                        .authentication = domain::Authentication::session_cookie,
                        .ends_at = std::nullopt};
  SignIn out{.caller = std::move(caller), .checked = std::move(user.password_hash)};
  co_return out;
}

net::Task<std::expected<SignIn, http::Problem>> sign_in_by_token(Request& request) {
  auto token = bearer_token(request.head());
  if (!token) co_return std::unexpected(bad_credential());
  if (!*token)
    co_return std::unexpected(invalid("Send a user name and a password, or a bearer token."));
  auto caller = co_await caller_of_token(request.services, **token, request.now);
  if (!caller) co_return std::unexpected(bad_credential());
  SignIn out{.caller = *std::move(caller), .checked = std::nullopt};
  co_return out;
}

// A session that the client brings along ends: a cookie that somebody planted becomes worthless
// (session fixation).
net::Task<void> end_old_session(Request& request) {
  Shared& shared = request.shared();
  auto old = cookie_value(request.head(), shared.session_cookie);
  if (!old || !*old) co_return;
  auto end = [&] { shared.catalog.delete_session(session_token_hash(**old)); };
  co_await shared.pool.run(end);
}

boost::json::object to_json(const domain::Session& session, const domain::Caller& caller) {
  boost::json::object out;
  out["id"] = session.id;
  out["principal"] = session.principal.text();
  out["created_at"] = to_rfc3339(session.created_at);
  out["expires_at"] = to_rfc3339(session.expires_at);
  out["user_agent"] = session.user_agent;
  out["address"] = session.address;
  out["current"] = session.id == caller.session_id;
  return out;
}

}  // namespace

net::Task<Outcome> create_session(Request& request) {
  std::expected<SignIn, http::Problem> by = std::unexpected(credential_needed());
  if (request.head().has_body()) {
    by = co_await sign_in_by_password(request);
  } else {
    by = co_await sign_in_by_token(request);
  }
  if (!by) co_return std::unexpected(std::move(by).error());
  co_await end_old_session(request);
  const Secret* checked = by->checked ? &*by->checked : nullptr;
  CO_TRY(NewSession session, co_await begin_session(request, by->caller, checked));
  net::Response response = json_response(describe(by->caller, session.expires_at));
  response.headers.add("Set-Cookie", session.cookie.to_string());
  co_return response;
}

net::Task<Outcome> get_session(Request&, const domain::Caller& caller) {
  co_return json_response(describe(caller, caller.ends_at));
}

net::Task<Outcome> delete_session(Request& request, const domain::Caller&) {
  Shared& shared = request.shared();
  co_await end_old_session(request);
  net::Response response{.status = 204, .headers = {}, .body = {}};
  http::SetCookie cookie = session_cookie(shared, "", std::chrono::seconds{0});
  response.headers.add("Set-Cookie", cookie.to_string());
  co_return response;
}

// An admin may ask for another's by `principal`.
net::Task<Outcome> list_sessions(Request& request, const domain::Caller& caller) {
  CO_TRYV(only_parameters(request.query, {"limit", "cursor", "principal"}));
  CO_TRY(domain::Principal principal, asked_principal(request.query, caller));
  std::string binding = "sessions\n" + caller.principal.text() + "\n" + principal.text();
  CO_TRY(std::size_t limit, list_limit(request.query));
  CO_TRY(auto after, list_position(request, binding));
  Shared& shared = request.shared();
  auto list = [&] { return shared.catalog.list_sessions(principal, limit, after, request.now); };
  auto page = co_await shared.pool.run(list);
  if (!page) co_return std::unexpected(wrong_cursor());
  boost::json::array items;
  for (const domain::Session& session : page->items) items.emplace_back(to_json(session, caller));
  co_return list_response(request, binding, std::move(items), page->next);
}

// Another's session is one that does not exist, but for an admin.
net::Task<Outcome> delete_session_by_id(Request& request, const domain::Caller& caller) {
  CO_TRYV(only_parameters(request.query, {}));
  Shared& shared = request.shared();
  const domain::Principal* owner = caller.admin ? nullptr : &caller.principal;
  auto erase = [&] { return shared.catalog.delete_session_by_id(request.path.get("id"), owner); };
  bool erased = co_await shared.pool.run(erase);
  if (!erased) co_return std::unexpected(not_found());
  co_return net::Response{.status = 204, .headers = {}, .body = {}};
}

}  // namespace signpost::gateway
