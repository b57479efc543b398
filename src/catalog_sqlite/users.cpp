// Local accounts.
#include "catalog_sqlite/keyed.hpp"
#include "catalog_sqlite/rows.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"
#include "catalog_sqlite/withdrawals.hpp"

namespace signpost::catalog_sqlite {

using namespace domain;

namespace {

User read_user(const sqlite::Statement& row) {
  return {std::string(row.text(0)), Secret(row.text(1)), row.integer(2) != 0, row.integer(3) != 0,
          to_time(row.integer(4))};
}

std::optional<User> find_in(sqlite::Database& database, std::string_view username) {
  auto find = database.prepare(
      "SELECT username, password_hash, admin, disabled, created_at FROM user WHERE username=?");
  if (!find.bind(0, username).step()) return std::nullopt;
  return read_user(find);
}

// What belongs to the account names it in the case in which it was made.
void end_sessions(sqlite::Database& database, const User& user) {
  auto erase = database.prepare("DELETE FROM session WHERE principal=?");
  erase.bind(0, principal_of(user).text()).run();
}

void end_tokens(sqlite::Database& database, const User& user) {
  auto erase = database.prepare("DELETE FROM api_token WHERE principal=?");
  erase.bind(0, principal_of(user).text()).run();
}

bool has_other_admin(sqlite::Database& database, const User& user) {
  auto find = database.prepare("SELECT 1 FROM user WHERE admin=1 AND disabled=0 AND username<>?");
  return find.bind(0, user.username).step();
}

void insert(sqlite::Database& database, const User& user) {
  auto write = database.prepare(
      "INSERT INTO user(username, password_hash, admin, disabled, created_at) VALUES(?,?,?,?,?)");
  write
      .bind_all(std::string_view(user.username), user.password_hash.reveal(),
                std::int64_t{user.admin}, std::int64_t{user.disabled}, to_column(user.created_at))
      .run();
}

void update(sqlite::Database& database, const User& user) {
  auto write =
      database.prepare("UPDATE user SET password_hash=?, admin=?, disabled=? WHERE username=?");
  write
      .bind_all(user.password_hash.reveal(), std::int64_t{user.admin}, std::int64_t{user.disabled},
                std::string_view(user.username))
      .run();
}

}  // namespace

std::expected<void, CatalogError> SqliteCatalog::create_user(const User& user, Keyed answer) {
  using Result = std::expected<void, CatalogError>;
  try {
    return write([&](sqlite::Database& database) {
      return create_once(database, answer, [&]() -> Result {
        insert(database, user);
        return {};
      });
    });
  } catch (const sqlite::Error& error) {
    if (error.is_unique_violation()) return std::unexpected(CatalogError::taken);
    throw;
  }
}

void SqliteCatalog::take_back_user(const User& user) {
  write([&](sqlite::Database& database) {
    auto erase = database.prepare("DELETE FROM user WHERE username=? AND password_hash=?");
    erase.bind(0, user.username).bind(1, user.password_hash.reveal()).run();
  });
}

std::optional<User> SqliteCatalog::find_user(std::string_view username) {
  auto database = readers_.lease();
  return find_in(*database, username);
}

UserPage SqliteCatalog::list_users(std::size_t limit, std::string_view after) {
  auto database = readers_.lease();
  auto find = database->prepare(
      "SELECT username, password_hash, admin, disabled, created_at FROM user"
      " WHERE username>? ORDER BY username LIMIT ?");
  find.bind_all(after, static_cast<std::int64_t>(limit + 1));
  UserPage page;
  while (find.step()) {
    page.more = page.items.size() == limit;
    if (page.more) break;
    page.items.push_back(read_user(find));
  }
  return page;
}

std::expected<User, CatalogError> SqliteCatalog::patch_user(std::string_view username,
                                                            const UserPatch& patch) {
  using Result = std::expected<User, CatalogError>;
  return write([&](sqlite::Database& database) -> Result {
    auto before = find_in(database, username);
    if (!before) return std::unexpected(CatalogError::not_found);
    User user = *before;
    if (patch.password_hash) user.password_hash = *patch.password_hash;
    user.admin = patch.admin.value_or(user.admin);
    user.disabled = patch.disabled.value_or(user.disabled);
    bool was_one = before->admin && !before->disabled;
    bool is_one = user.admin && !user.disabled;
    if (was_one && !is_one && !has_other_admin(database, user))
      return std::unexpected(CatalogError::last_admin);
    update(database, user);
    if (patch.password_hash || user.disabled) end_sessions(database, user);
    if (user.disabled) end_tokens(database, user);
    if (user.disabled && !before->disabled) withdraw_holder(database, principal_of(user).text());
    return user;
  });
}

}  // namespace signpost::catalog_sqlite
