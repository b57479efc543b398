#pragma once

#include <optional>
#include <string>

#include "base/secret.hpp"
#include "domain/catalog.hpp"

namespace signpost::app {

inline constexpr std::string_view admin_name = "admin";

// Where the catalog has no user at all, makes `admin`: with the password given, or, where that is
// nothing, with a random one, which comes back to be shown once.
std::optional<Secret> make_admin(domain::Catalog& catalog, const std::optional<Secret>& password,
                                 UnixSeconds now);

}  // namespace signpost::app
