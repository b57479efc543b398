#include "gateway/sign_in.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "base/try.hpp"
#include "gateway/authenticate.hpp"
#include "gateway/client_address.hpp"
#include "gateway/problem_response.hpp"

namespace signpost::gateway {
namespace {

constexpr std::size_t token_random_bytes = 32;
constexpr std::size_t id_random_bytes = 12;
constexpr std::size_t user_agent_bytes = 200;

// What the client calls itself, as text for a list: a field may hold any bytes above 0x7F.
std::string user_agent(const net::RequestHead& head) {
  std::string out(head.field("User-Agent").value_or("").substr(0, user_agent_bytes));
  std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  return out;
}

}  // namespace

http::SetCookie session_cookie(const Shared& shared, std::string value,
                               std::chrono::seconds max_age) {
  return {.name = shared.session_cookie,
          .value = std::move(value),
          .secure = shared.origins.secure(),
          .max_age = max_age};
}

net::Task<std::expected<domain::User, http::Problem>> check_password(Request& request,
                                                                     std::string username,
                                                                     Secret password) {
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
    co_return std::unexpected(too_many_passwords());
  }
  if (!*right)
    co_return std::unexpected(
        problem(401, "wrong_credentials", "The user name or the password is wrong."));
  shared.sign_in_limits.succeeded(username, address);
  co_return *std::move(user);
}

net::Task<std::expected<NewSession, http::Problem>> begin_session(Request& request,
                                                                  const domain::Caller& caller,
                                                                  const Secret* checked) {
  Shared& shared = request.shared();
  std::string token = random_token(token_random_bytes);
  UnixSeconds expires_at = request.now + shared.options.session_life;
  if (caller.ends_at) expires_at = std::min(expires_at, *caller.ends_at);
  auto address = client_address(request.exchange, shared.options.trusted_proxies);
  domain::Session session{.id = random_hex(id_random_bytes),
                          .principal = caller.principal,
                          .groups = caller.groups,
                          .admin = caller.admin,
                          .created_at = request.now,
                          .expires_at = expires_at,
                          .user_agent = user_agent(request.head()),
                          .address = address.to_string()};
  auto store = [&] {
    return shared.catalog.create_session(session, session_token_hash(token), checked);
  };
  auto stored = co_await shared.pool.run(store);
  if (!stored) co_return std::unexpected(bad_credential());
  http::SetCookie cookie = session_cookie(shared, std::move(token), expires_at - request.now);
  NewSession made{.cookie = std::move(cookie), .expires_at = expires_at};
  co_return made;
}

}  // namespace signpost::gateway
