// Users, sessions and shared secrets.
#include "base/random.hpp"
#include "catalog_sqlite/rows.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"

namespace signpost::catalog_sqlite {

using namespace domain;

namespace {

std::string principal_of(std::string_view username) {
  return "user:" + std::string(local_issuer) + ":" + std::string(username);
}

User read_user(const sqlite::Statement& row) {
  return {std::string(row.text(0)), Secret(row.text(1)), row.integer(2) != 0, row.integer(3) != 0,
          to_time(row.integer(4))};
}

std::string pack_groups(const std::vector<Group>& groups) {
  std::string packed;
  for (const Group& group : groups) packed.append(group.text()).append(1, '\0');
  return packed;
}

std::vector<Group> unpack_groups(std::string_view packed) {
  std::vector<Group> groups;
  for (std::size_t end; (end = packed.find('\0')) != std::string_view::npos;) {
    if (auto group = Group::parse(packed.substr(0, end))) groups.push_back(*std::move(group));
    packed.remove_prefix(end + 1);
  }
  return groups;
}

// The account in the case in which it was made: what belongs to it names it so.
std::optional<std::string> find_principal(sqlite::Database& database, std::string_view username) {
  auto find = database.prepare("SELECT username FROM user WHERE username=?");
  if (!find.bind(0, username).step()) return std::nullopt;
  return principal_of(find.text(0));
}

void end_sessions(sqlite::Database& database, std::string_view username) {
  if (auto principal = find_principal(database, username))
    database.prepare("DELETE FROM session WHERE principal=?").bind(0, *principal).run();
}

void end_tokens(sqlite::Database& database, std::string_view username) {
  if (auto principal = find_principal(database, username))
    database.prepare("DELETE FROM api_token WHERE principal=?").bind(0, *principal).run();
}

}  // namespace

std::expected<void, CatalogError> SqliteCatalog::create_user(const User& user) {
  try {
    writer_.submit([&](sqlite::Database& database) {
      database
          .prepare(
              "INSERT INTO user(username, password_hash, admin, disabled, created_at)"
              " VALUES(?,?,?,?,?)")
          .bind_all(std::string_view(user.username), user.password_hash.reveal(),
                    std::int64_t{user.admin}, std::int64_t{user.disabled},
                    to_column(user.created_at))
          .run();
    });
  } catch (const sqlite::Error& error) {
    if (error.is_unique_violation()) return std::unexpected(CatalogError::taken);
    throw;
  }
  return {};
}

std::optional<User> SqliteCatalog::find_user(std::string_view username) {
  auto database = readers_.lease();
  auto find = database->prepare(
      "SELECT username, password_hash, admin, disabled, created_at FROM user WHERE username=?");
  if (!find.bind(0, username).step()) return std::nullopt;
  return read_user(find);
}

std::vector<User> SqliteCatalog::list_users() {
  auto database = readers_.lease();
  auto find = database->prepare(
      "SELECT username, password_hash, admin, disabled, created_at FROM user ORDER BY username");
  std::vector<User> users;
  while (find.step()) users.push_back(read_user(find));
  return users;
}

std::expected<void, CatalogError> SqliteCatalog::set_password_hash(std::string_view username,
                                                                   const Secret& hash) {
  bool found = writer_.submit([&](sqlite::Database& database) {
    database.prepare("UPDATE user SET password_hash=? WHERE username=?")
        .bind_all(hash.reveal(), username)
        .run();
    bool changed = database.changes() > 0;
    end_sessions(database, username);
    return changed;
  });
  if (!found) return std::unexpected(CatalogError::not_found);
  return {};
}

std::expected<void, CatalogError> SqliteCatalog::set_user_disabled(std::string_view username,
                                                                   bool disabled) {
  bool found = writer_.submit([&](sqlite::Database& database) {
    database.prepare("UPDATE user SET disabled=? WHERE username=?")
        .bind_all(std::int64_t{disabled}, username)
        .run();
    bool changed = database.changes() > 0;
    end_sessions(database, username);
    end_tokens(database, username);
    return changed;
  });
  if (!found) return std::unexpected(CatalogError::not_found);
  return {};
}

void SqliteCatalog::create_session(const Session& session) {
  writer_.submit([&](sqlite::Database& database) {
    auto insert = database.prepare(
        "INSERT INTO session(token_hash, principal, groups, admin, created_at, expires_at)"
        " VALUES(?,?,?,?,?,?)");
    insert.bind_blob(0, as_bytes_view(session.token_hash))
        .bind(1, session.principal.text())
        .bind_blob(2, pack_groups(session.groups))
        .bind(3, std::int64_t{session.admin})
        .bind(4, to_column(session.created_at))
        .bind(5, to_column(session.expires_at))
        .run();
  });
}

std::optional<Session> SqliteCatalog::find_session(const Sha256Digest& token_hash,
                                                   UnixSeconds now) {
  auto database = readers_.lease();
  auto find = database->prepare(
      "SELECT principal, groups, admin, created_at, expires_at FROM session"
      " WHERE token_hash=? AND expires_at>?");
  find.bind_blob(0, as_bytes_view(token_hash)).bind(1, to_column(now));
  if (!find.step()) return std::nullopt;
  Session session{token_hash,           read_principal(find.text(0)), unpack_groups(find.text(1)),
                  find.integer(2) != 0, to_time(find.integer(3)),     to_time(find.integer(4))};
  if (session.principal.issuer() == local_issuer) {
    auto user = database->prepare("SELECT disabled FROM user WHERE username=?");
    if (!user.bind(0, session.principal.subject()).step() || user.integer(0) != 0)
      return std::nullopt;
  }
  return session;
}

bool SqliteCatalog::delete_session(const Sha256Digest& token_hash) {
  return writer_.submit([&](sqlite::Database& database) {
    auto erase = database.prepare("DELETE FROM session WHERE token_hash=?");
    erase.bind_blob(0, as_bytes_view(token_hash)).run();
    return database.changes() > 0;
  });
}

std::size_t SqliteCatalog::delete_expired_sessions(UnixSeconds now) {
  return writer_.submit([&](sqlite::Database& database) {
    database.prepare("DELETE FROM session WHERE expires_at<=?").bind(0, to_column(now)).run();
    return static_cast<std::size_t>(database.changes());
  });
}

Secret SqliteCatalog::shared_secret(std::string_view name) {
  return writer_.submit([&](sqlite::Database& database) {
    auto insert = database.prepare("INSERT OR IGNORE INTO secret(name, value) VALUES(?,?)");
    insert.bind(0, name).bind_blob(1, random_bytes(32)).run();
    auto find = database.prepare("SELECT value FROM secret WHERE name=?");
    find.bind(0, name).step();
    return Secret(find.text(0));
  });
}

}  // namespace signpost::catalog_sqlite
