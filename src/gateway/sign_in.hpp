#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "domain/account.hpp"
#include "gateway/request.hpp"
#include "http/cookie.hpp"

namespace signpost::gateway {

// The user whose name and password these are. 401 wrong_credentials, alike in shape and time
// whether there is no such user, it is disabled or the password is another's; 429 after too many
// wrong ones; 503 where too many wait.
net::Task<std::expected<domain::User, http::Problem>> check_password(Request& request,
                                                                     std::string username,
                                                                     Secret password);

// A new session and the cookie that is it.
struct NewSession {
  http::SetCookie cookie;
  UnixSeconds expires_at;
};
// `checked` is the hash of the password that was shown, null where none was. 401 where the account
// has been disabled, or given another password, since then.
net::Task<std::expected<NewSession, http::Problem>> begin_session(Request& request,
                                                                  const domain::Caller& caller,
                                                                  const Secret* checked);

// The session cookie of that value; an empty one with the age 0 takes it away.
http::SetCookie session_cookie(const Shared& shared, std::string value,
                               std::chrono::seconds max_age);

}  // namespace signpost::gateway
