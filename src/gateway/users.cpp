// Local accounts: made, listed, changed. All but the own password is an admin's to do.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/try.hpp"
#include "gateway/handlers.hpp"
#include "gateway/idempotency.hpp"
#include "gateway/json_body.hpp"
#include "gateway/list_page.hpp"
#include "gateway/parameters.hpp"
#include "gateway/problem_response.hpp"
#include "gateway/sign_in.hpp"

namespace signpost::gateway {
namespace {

constexpr std::string_view password_field = "password";

boost::json::object to_json(const domain::User& user) {
  boost::json::object out;
  out["username"] = user.username;
  out["principal"] = domain::principal_of(user).text();
  out["admin"] = user.admin;
  out["disabled"] = user.disabled;
  out["created_at"] = to_rfc3339(user.created_at);
  return out;
}

bool is_own(const domain::Caller& caller, std::string_view username) {
  return caller.principal.issuer() == domain::local_issuer &&
         equal_ignoring_case(caller.principal.subject(), username);
}

// Whoever has stolen a token must not turn it into something lasting (docs/adr/0011).
http::Problem sign_in_needed() {
  return problem(403, "sign_in_needed",
                 "A token cannot make or change an admin, nor its own user: sign in.");
}

std::expected<void, http::Problem> check_new_password(const std::string& password) {
  if (password.size() >= limits::password_bytes_least) return {};
  return std::unexpected(invalid(
      fmt::format("The new password is shorter than {} bytes.", limits::password_bytes_least)));
}

net::Task<std::expected<Secret, http::Problem>> hash(Request& request, Secret password) {
  auto hash = co_await request.shared().passwords.hash(std::move(password));
  if (!hash) co_return std::unexpected(too_many_passwords());
  co_return *std::move(hash);
}

struct NewUser {
  domain::User user;  // without its hash
  Secret password;
};

// Of a request that is repeated under its Idempotency-Key: 422 where the password is not the one
// that the account has.
net::Task<std::expected<void, http::Problem>> check_same_password(Request& request,
                                                                  const NewUser& made) {
  Shared& shared = request.shared();
  auto find = [&] { return shared.catalog.find_user(made.user.username); };
  auto user = co_await shared.pool.run(find);
  auto same = co_await shared.passwords.check(made.password, user ? &user->password_hash : nullptr);
  if (!same) co_return std::unexpected(too_many_passwords());
  if (!*same) co_return std::unexpected(idempotency_key_reused());
  co_return std::expected<void, http::Problem>();
}

std::expected<NewUser, http::Problem> read_new_user(JsonFields fields, UnixSeconds now) {
  std::string username = fields.required_text("username", limits::file_name_bytes);
  std::string password = fields.required_text(password_field, limits::password_bytes);
  bool admin = fields.boolean("admin").value_or(false);
  TRYV(fields.finish());
  if (!domain::is_username(username))
    return std::unexpected(invalid("username is not 1 to 64 characters of A-Z a-z 0-9 . _ -"));
  TRYV(check_new_password(password));
  domain::User user{.username = std::move(username),
                    .password_hash = {},
                    .admin = admin,
                    .disabled = false,
                    .created_at = now};
  return NewUser{.user = std::move(user), .password = Secret(std::move(password))};
}

// What PATCH asks for, checked but for the present password.
struct Change {
  domain::UserPatch patch;  // without its hash
  std::optional<Secret> password;
  std::optional<Secret> current_password;
};

std::expected<Change, http::Problem> read_change(JsonFields fields) {
  auto password = fields.text(password_field, limits::password_bytes);
  auto current_password = fields.text("current_password", limits::password_bytes);
  domain::UserPatch patch{.password_hash = std::nullopt,
                          .admin = fields.boolean("admin"),
                          .disabled = fields.boolean("disabled")};
  TRYV(fields.finish());
  if (!password && !patch.admin && !patch.disabled)
    return std::unexpected(
        invalid("There is nothing to change: send password, admin or disabled."));
  Change change{.patch = std::move(patch), .password = {}, .current_password = {}};
  if (password) {
    TRYV(check_new_password(*password));
    change.password.emplace(std::move(*password));
  }
  if (current_password) change.current_password.emplace(std::move(*current_password));
  return change;
}

// Who may change what of whom. The own password needs the one that it replaces, so that an unlocked
// screen or a stolen cookie is not enough to take an account over.
std::expected<void, http::Problem> check_may(const domain::Caller& caller, const Change& change,
                                             const domain::User& user) {
  bool own = is_own(caller, user.username);
  bool changes_account = change.patch.admin || change.patch.disabled;
  if (changes_account && !caller.admin)
    return std::unexpected(problem(403, "forbidden", "Only an admin changes admin and disabled."));
  bool about_admins = user.admin || change.patch.admin.value_or(false);
  if (caller.token_id && (own || about_admins)) return std::unexpected(sign_in_needed());
  bool needs_current = own && change.password;
  if (needs_current && !change.current_password)
    return std::unexpected(invalid("current_password is missing."));
  if (!needs_current && change.current_password)
    return std::unexpected(invalid("current_password goes with a new password of your own."));
  return {};
}

net::Task<std::expected<void, http::Problem>> check_current(Request& request,
                                                            const domain::User& user,
                                                            const Change& change) {
  if (!change.current_password) co_return std::expected<void, http::Problem>();
  auto checked = co_await check_password(request, user.username, *change.current_password);
  if (!checked && checked.error().status == 401)
    co_return std::unexpected(
        problem(403, "wrong_password", "current_password is not your present password."));
  if (!checked) co_return std::unexpected(std::move(checked).error());
  co_return std::expected<void, http::Problem>();
}

// The user that the path names, if the caller may know of it.
net::Task<std::expected<domain::User, http::Problem>> named_user(Request& request,
                                                                 const domain::Caller& caller) {
  std::string_view username = request.path.get("username");
  bool may_know = caller.admin || is_own(caller, username);
  if (!may_know || !domain::is_username(username)) co_return std::unexpected(not_found());
  auto find = [&] { return request.shared().catalog.find_user(username); };
  auto user = co_await request.shared().pool.run(find);
  if (!user) co_return std::unexpected(not_found());
  co_return *std::move(user);
}

}  // namespace

net::Task<Outcome> create_user(Request& request, const domain::Caller& caller) {
  if (!caller.admin) co_return std::unexpected(not_found());
  CO_TRY(Creation creation, co_await read_creation(request, caller, password_field));
  CO_TRY(NewUser made, read_new_user(std::move(creation.fields), request.now));
  if (made.user.admin && caller.token_id) co_return std::unexpected(sign_in_needed());
  if (creation.replay) {
    CO_TRYV(co_await check_same_password(request, made));
    co_return *std::move(creation.replay);
  }
  CO_TRY(made.user.password_hash, co_await hash(request, made.password));
  net::Response response = json_response(boost::json::serialize(to_json(made.user)), 201);
  response.headers.add("Location", "/v1/users/" + made.user.username);
  auto answer = answer_under_key(creation, response);
  auto create = [&] { return request.shared().catalog.create_user(made.user, answer); };
  auto created = co_await request.shared().pool.run(create);
  if (!created && created.error() == domain::CatalogError::taken)
    co_return std::unexpected(problem(409, "taken", "There is a user of that name already."));
  if (!created && created.error() == domain::CatalogError::repeated)
    CO_TRYV(co_await check_same_password(request, made));
  co_return co_await conclude(request, creation, created, std::move(response));
}

net::Task<Outcome> list_users(Request& request, const domain::Caller& caller) {
  if (!caller.admin) co_return std::unexpected(not_found());
  CO_TRYV(only_parameters(request.query, {"limit", "cursor"}));
  std::string binding = "users\n" + caller.principal.text();
  CO_TRY(std::size_t limit, list_limit(request.query));
  CO_TRY(auto after, list_position(request, binding));
  auto list = [&] { return request.shared().catalog.list_users(limit, after.value_or("")); };
  domain::UserPage page = co_await request.shared().pool.run(list);
  boost::json::array items;
  for (const domain::User& user : page.items) items.emplace_back(to_json(user));
  std::optional<std::string> next;
  if (page.more) next = page.items.back().username;
  co_return list_response(request, binding, std::move(items), next);
}

net::Task<Outcome> get_user(Request& request, const domain::Caller& caller) {
  CO_TRYV(only_parameters(request.query, {}));
  CO_TRY(domain::User user, co_await named_user(request, caller));
  co_return json_response(boost::json::serialize(to_json(user)));
}

// A new password of one's own ends every session; who asks gets another one, so that a cookie that
// somebody else holds too is worth nothing.
net::Task<Outcome> patch_user(Request& request, const domain::Caller& caller) {
  CO_TRY(domain::User user, co_await named_user(request, caller));
  CO_TRY(JsonFields fields, co_await read_json(request));
  CO_TRY(Change change, read_change(std::move(fields)));
  CO_TRYV(check_may(caller, change, user));
  CO_TRYV(co_await check_current(request, user, change));
  if (change.password) {
    CO_TRY(change.patch.password_hash, co_await hash(request, *std::move(change.password)));
  }
  auto apply = [&] { return request.shared().catalog.patch_user(user.username, change.patch); };
  auto patched = co_await request.shared().pool.run(apply);
  if (!patched) co_return std::unexpected(to_problem(patched.error()));

  net::Response response = json_response(boost::json::serialize(to_json(*patched)));
  if (change.patch.password_hash && caller.session_id && is_own(caller, user.username) &&
      !patched->disabled) {
    domain::Caller again = caller;
    again.ends_at = std::nullopt;  // the password was shown anew
    CO_TRY(NewSession session,
           co_await begin_session(request, again, &*change.patch.password_hash));
    response.headers.add("Set-Cookie", session.cookie.to_string());
  }
  co_return response;
}

}  // namespace signpost::gateway
