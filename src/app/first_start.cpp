#include "app/first_start.hpp"

#include <stdexcept>

#include "base/random.hpp"
#include "gateway/passwords.hpp"

namespace signpost::app {
namespace {

constexpr std::size_t generated_password_bytes = 15;  // 120 bits, 20 characters

}  // namespace

std::optional<FirstAdmin> make_admin(domain::Catalog& catalog,
                                     const std::optional<Secret>& password, UnixSeconds now) {
  if (!catalog.list_users(1, "").items.empty()) return std::nullopt;
  const Secret chosen = password ? *password : Secret(random_token(generated_password_bytes));
  domain::User admin;
  admin.username = admin_name;
  admin.password_hash = gateway::hash_password(chosen);
  admin.admin = true;
  admin.created_at = now;
  if (!password) return FirstAdmin{std::move(admin), chosen};
  enter_admin(catalog, admin);
  return std::nullopt;
}

void enter_admin(domain::Catalog& catalog, const domain::User& admin) {
  if (!catalog.create_user(admin)) throw std::runtime_error("the user admin could not be made");
}

}  // namespace signpost::app
