#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "domain/file.hpp"
#include "domain/principal.hpp"

namespace signpost::domain {

// Whoever asks, also without a credential.
struct Anyone {
  friend bool operator==(Anyone, Anyone) = default;
};

// Whom a grant is for.
using Grantee = std::variant<Anyone, Principal, Group>;
// "anyone", "user:ISSUER:SUBJECT" or "group:ISSUER:NAME".
std::optional<Grantee> parse_grantee(std::string_view text);
std::string to_text(const Grantee& grantee);

// Every grantee that this caller is; nobody (null) is Anyone alone.
std::vector<Grantee> grantees_of(const Caller* caller);

enum class Role {
  viewer,  // sees the entry and gets the bytes
  editor,  // may also upload a pending file and change name, album and metadata
};
std::string_view to_text(Role role);
std::optional<Role> parse_role(std::string_view text);

// What a grant is on.
using GrantTarget = std::variant<FileId, AlbumId>;

// What an owner lets others do with a file, or an album and the files in it. A grantee has one role
// on each.
struct Grant {
  Grantee grantee;
  Role role = Role::viewer;
  UnixSeconds created_at{};

  friend bool operator==(const Grant&, const Grant&) = default;
};

}  // namespace signpost::domain
