#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "base/time.hpp"
#include "domain/principal.hpp"

// Local accounts and their sessions, as the catalog knows them.
namespace signpost::domain {

// A local account; its principal is user:local:USERNAME.
struct User {
  std::string username;  // 1 to 64 characters of A-Z a-z 0-9 . _ -, unique whatever the case
  Secret password_hash;  // libsodium's argon2id text
  bool admin = false;
  bool disabled = false;
  UnixSeconds created_at{};
};
bool is_username(std::string_view text);
Principal principal_of(const User& user);

// Only what is set is changed.
struct UserPatch {
  std::optional<Secret> password_hash;
  std::optional<bool> admin;
  std::optional<bool> disabled;
};

// In the order of their names.
struct UserPage {
  std::vector<User> items;
  bool more = false;  // the next page begins behind the last name
};

// A signed-in client. The catalog keeps the hash of the cookie's token, never the token.
struct Session {
  std::string id;  // no secret
  Principal principal;
  std::vector<Group> groups;
  // As it was at the sign-in; of a local user, find gives what it is now.
  bool admin = false;
  UnixSeconds created_at{};
  UnixSeconds expires_at{};
  // From where it was begun, for whoever looks through their sessions.
  std::string user_agent;
  std::string address;
};

// Sessions of one principal, newest first.
struct SessionPage {
  std::vector<Session> items;
  std::optional<std::string> next;  // not sealed: cursor.hpp does that at the edge
};

}  // namespace signpost::domain
