#pragma once

#include <optional>
#include <string>

#include "base/secret.hpp"
#include "domain/catalog.hpp"

namespace signpost::app {

inline constexpr std::string_view admin_name = "admin";

// An admin with a random password, who is not entered yet: a start that fails before it can show
// the password must not leave an account that nobody can sign in to.
struct FirstAdmin {
  domain::User user;
  Secret password;
};

// Where the catalog has no user at all, makes `admin`: with the password given; where that is
// nothing, the one that is to be entered when its password is shown.
std::optional<FirstAdmin> make_admin(domain::Catalog& catalog,
                                     const std::optional<Secret>& password, UnixSeconds now);
void enter_admin(domain::Catalog& catalog, const domain::User& admin);

}  // namespace signpost::app
