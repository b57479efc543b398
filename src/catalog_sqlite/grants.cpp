// Who may what, besides the owners.
#include <stdexcept>

#include "catalog_sqlite/rows.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"
#include "catalog_sqlite/statements.hpp"
#include "catalog_sqlite/withdrawals.hpp"
#include "http/problem.hpp"

namespace signpost::catalog_sqlite {

using namespace domain;

namespace {

// grantee, role, created_at
Grant read_grant(const sqlite::Statement& row) {
  auto grantee = parse_grantee(row.text(0));
  auto role = parse_role(row.text(1));
  if (!grantee || !role) throw std::runtime_error("the catalog is damaged: no proper grant");
  return {.grantee = *std::move(grantee), .role = *role, .created_at = to_time(row.integer(2))};
}

std::vector<Grant> read_grants(sqlite::Statement& find) {
  std::vector<Grant> grants;
  while (find.step()) grants.push_back(read_grant(find));
  return grants;
}

// A JSON array, so that one fixed statement takes any number of them.
std::string json_array(std::span<const Grantee> grantees) {
  std::string out = "[";
  for (const Grantee& grantee : grantees) {
    if (out.size() > 1) out += ',';
    out += http::json_quote(to_text(grantee));
  }
  return out + "]";
}

// Of the target, as the table `access_grant` has it.
std::string_view kind_of(const GrantTarget& target) {
  return std::holds_alternative<FileId>(target) ? "file" : "album";
}
const std::string& id_of(const GrantTarget& target) {
  const auto* file = std::get_if<FileId>(&target);
  return file ? file->text() : std::get<AlbumId>(target).text();
}

// The owner is part of the statement, so that what was allowed for one file or album is not done to
// another one of that id, made meanwhile.
std::string_view insert_grant(const GrantTarget& target) {
  if (std::holds_alternative<FileId>(target))
    return "INSERT INTO access_grant(kind, target, grantee, role, created_at)"
           " SELECT 'file', id, ?1, ?2, ?3 FROM file WHERE id=?4 AND owner=?5"
           " ON CONFLICT(kind, target, grantee) DO UPDATE SET role=excluded.role"
           " RETURNING grantee, role, created_at";
  return "INSERT INTO access_grant(kind, target, grantee, role, created_at)"
         " SELECT 'album', id, ?1, ?2, ?3 FROM album WHERE id=?4 AND owner=?5"
         " ON CONFLICT(kind, target, grantee) DO UPDATE SET role=excluded.role"
         " RETURNING grantee, role, created_at";
}

}  // namespace

std::string_view select_grants() {
  return "SELECT grantee, role, created_at FROM access_grant"
         " WHERE kind='file' AND target=?1 AND grantee IN (SELECT value FROM json_each(?3))"
         " UNION ALL SELECT grantee, role, created_at FROM access_grant"
         " WHERE kind='album' AND target=?2 AND grantee IN (SELECT value FROM json_each(?3))"
         " UNION ALL SELECT owner, 'owner', created_at FROM album WHERE id=?2";
}

std::expected<Grant, CatalogError> SqliteCatalog::put_grant(const GrantTarget& target,
                                                            const Principal& owner,
                                                            const Grant& grant) {
  using Result = std::expected<Grant, CatalogError>;
  return write(nothing(), [&](sqlite::Database& database) -> Result {
    auto put = database.prepare(insert_grant(target));
    put.bind(0, to_text(grant.grantee))
        .bind(1, to_text(grant.role))
        .bind(2, to_column(grant.created_at))
        .bind(3, id_of(target))
        .bind(4, owner.text());
    auto kept = read_grants(put);
    if (kept.empty()) return std::unexpected(CatalogError::not_found);
    return std::move(kept.front());
  });
}

bool SqliteCatalog::delete_grant(const GrantTarget& target, const Grantee& grantee) {
  return write([&](sqlite::Database& database) {
    database.prepare("DELETE FROM access_grant WHERE kind=? AND target=? AND grantee=?")
        .bind_all(kind_of(target), std::string_view(id_of(target)),
                  std::string_view(to_text(grantee)))
        .run();
    if (database.changes() == 0) return false;
    withdraw_grant(database, target, grantee);
    return true;
  });
}

std::vector<Grant> SqliteCatalog::list_grants(const GrantTarget& target, std::string_view after,
                                              std::size_t limit) {
  auto database = readers_.lease();
  auto find = database->prepare(
      "SELECT grantee, role, created_at FROM access_grant"
      " WHERE kind=? AND target=? AND grantee>? ORDER BY grantee LIMIT ?");
  find.bind_all(kind_of(target), std::string_view(id_of(target)), after,
                static_cast<std::int64_t>(limit));
  return read_grants(find);
}

FoundGrants SqliteCatalog::find_grants(const std::optional<FileId>& file,
                                       const std::optional<AlbumId>& album,
                                       std::span<const Grantee> whom) {
  auto database = readers_.lease();
  auto find = database->prepare(select_grants());
  if (file) find.bind(0, file->text());
  if (album) find.bind(1, album->text());
  find.bind(2, json_array(whom));
  FoundGrants found;
  while (find.step()) {
    if (find.text(1) == "owner") {
      found.album_owner = read_principal(find.text(0));
    } else {
      found.grants.push_back(read_grant(find));
    }
  }
  return found;
}

}  // namespace signpost::catalog_sqlite
