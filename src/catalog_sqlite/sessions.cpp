// Sessions.
#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "catalog_sqlite/rows.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"

namespace signpost::catalog_sqlite {

using namespace domain;

namespace {

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

// id, principal, groups, admin, created_at, expires_at, user_agent, address
Session read_session(const sqlite::Statement& row) {
  return {.id = std::string(row.text(0)),
          .principal = read_principal(row.text(1)),
          .groups = unpack_groups(row.text(2)),
          .admin = row.integer(3) != 0,
          .created_at = to_time(row.integer(4)),
          .expires_at = to_time(row.integer(5)),
          .user_agent = std::string(row.text(6)),
          .address = std::string(row.text(7))};
}

// Whether the local account may still have a session that was begun with that password.
bool may_begin(sqlite::Database& database, const Principal& principal, const Secret* checked) {
  if (principal.issuer() != local_issuer) return true;
  auto find = database.prepare("SELECT password_hash FROM user WHERE username=? AND disabled=0");
  if (!find.bind(0, principal.subject()).step()) return false;
  return checked == nullptr || find.text(0) == checked->reveal();
}

// Whether one had to go for it.
bool make_room(sqlite::Database& database, const Principal& principal) {
  auto erase = database.prepare(
      "DELETE FROM session WHERE token_hash IN (SELECT token_hash FROM session WHERE principal=?"
      " ORDER BY created_at DESC, id DESC LIMIT -1 OFFSET ?)");
  erase.bind_all(std::string_view(principal.text()), std::int64_t{limits::sessions - 1}).run();
  return database.changes() > 0;
}

void insert(sqlite::Database& database, const Session& session, const Sha256Digest& token_hash) {
  auto write = database.prepare(
      "INSERT INTO session(token_hash, id, principal, groups, admin, created_at, expires_at,"
      " user_agent, address) VALUES(?,?,?,?,?,?,?,?,?)");
  write.bind_blob(0, as_bytes_view(token_hash))
      .bind(1, session.id)
      .bind(2, session.principal.text())
      .bind_blob(3, pack_groups(session.groups))
      .bind(4, std::int64_t{session.admin})
      .bind(5, to_column(session.created_at))
      .bind(6, to_column(session.expires_at))
      .bind(7, session.user_agent)
      .bind(8, session.address)
      .run();
}

// Where a page ends: when the session was made, and its id, which breaks ties.
struct Position {
  std::int64_t created_at;
  std::string id;
};

std::optional<Position> parse_position(std::string_view text) {
  std::size_t colon = text.find(':');
  auto created_at = parse_u64(text.substr(0, colon));
  if (colon == std::string_view::npos || !created_at) return std::nullopt;
  return Position{static_cast<std::int64_t>(*created_at), std::string(text.substr(colon + 1))};
}

}  // namespace

std::expected<void, CatalogError> SqliteCatalog::create_session(const Session& session,
                                                                const Sha256Digest& token_hash,
                                                                const Secret* checked) {
  using Result = std::expected<void, CatalogError>;
  return write(nothing(), [&](sqlite::Database& database) -> Result {
    if (!may_begin(database, session.principal, checked))
      return std::unexpected(CatalogError::not_found);
    if (make_room(database, session.principal)) touched_.everything = true;
    insert(database, session, token_hash);
    return {};
  });
}

Row<Session> SqliteCatalog::find_session(const Sha256Digest& token_hash, UnixSeconds now) {
  const std::string_view key = as_bytes_view(token_hash);
  auto mark = session_cache_.mark();
  if (auto kept = session_cache_.find(key, mark)) return kept->expires_at > now ? kept : nullptr;
  auto database = readers_.lease();
  auto find = database->prepare(
      "SELECT id, principal, groups, admin, created_at, expires_at, user_agent, address"
      " FROM session WHERE token_hash=? AND expires_at>?");
  find.bind_blob(0, key).bind(1, to_column(now));
  if (!find.step()) return nullptr;
  Session session = read_session(find);
  if (session.principal.issuer() == local_issuer) {
    auto user = database->prepare("SELECT disabled, admin FROM user WHERE username=?");
    if (!user.bind(0, session.principal.subject()).step() || user.integer(0) != 0) return nullptr;
    session.admin = user.integer(1) != 0;
  }
  const std::size_t bytes = bytes_of(session);
  auto row = std::make_shared<const Session>(std::move(session));
  session_cache_.keep(key, row, bytes, mark);
  return row;
}

std::expected<SessionPage, CatalogError> SqliteCatalog::list_sessions(
    const Principal& principal, std::size_t limit, const std::optional<std::string>& after,
    UnixSeconds now) {
  auto position = parse_position(after.value_or("9223372036854775807:"));
  if (!position) return std::unexpected(CatalogError::taken);
  auto database = readers_.lease();
  auto find = database->prepare(
      "SELECT id, principal, groups, admin, created_at, expires_at, user_agent, address"
      " FROM session WHERE principal=? AND (created_at, id)<(?,?) AND expires_at>?"
      " ORDER BY created_at DESC, id DESC LIMIT ?");
  find.bind_all(std::string_view(principal.text()), position->created_at,
                std::string_view(position->id), to_column(now),
                static_cast<std::int64_t>(limit + 1));
  SessionPage page;
  while (find.step()) {
    if (page.items.size() == limit) {
      const Session& last = page.items.back();
      page.next = std::to_string(to_column(last.created_at)) + ":" + last.id;
      break;
    }
    page.items.push_back(read_session(find));
  }
  return page;
}

bool SqliteCatalog::delete_session(const Sha256Digest& token_hash) {
  return write(only(token_hash), [&](sqlite::Database& database) {
    auto erase = database.prepare("DELETE FROM session WHERE token_hash=?");
    erase.bind_blob(0, as_bytes_view(token_hash)).run();
    return database.changes() > 0;
  });
}

bool SqliteCatalog::delete_session_by_id(std::string_view id, const Principal* principal) {
  auto owner = principal ? std::optional(principal->text()) : std::nullopt;
  return write([&](sqlite::Database& database) {
    auto erase =
        database.prepare("DELETE FROM session WHERE id=?1 AND (?2 IS NULL OR principal=?2)");
    erase.bind(0, id).bind(1, owner).run();
    return database.changes() > 0;
  });
}

std::size_t SqliteCatalog::delete_expired_sessions(UnixSeconds now) {
  return write(nothing(), [&](sqlite::Database& database) {
    database.prepare("DELETE FROM session WHERE expires_at<=?").bind(0, to_column(now)).run();
    const auto gone = static_cast<std::size_t>(database.changes());
    if (gone > 0) touched_.everything = true;
    return gone;
  });
}

}  // namespace signpost::catalog_sqlite
