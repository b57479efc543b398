// Who may what, besides the owners.
#include <stdexcept>

#include "catalog_sqlite/rows.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"
#include "catalog_sqlite/statements.hpp"
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

}  // namespace

std::string_view select_grants() {
  return "SELECT grantee, role, created_at FROM access_grant"
         " WHERE kind='file' AND target=?1 AND grantee IN (SELECT value FROM json_each(?2))";
}

std::expected<Grant, CatalogError> SqliteCatalog::put_grant(const FileId& id,
                                                            const Principal& owner,
                                                            const Grant& grant) {
  using Result = std::expected<Grant, CatalogError>;
  return writer_.submit([&](sqlite::Database& database) -> Result {
    // The owner is part of the statement, so that what was allowed for one file is not done to
    // another one of that id, made meanwhile.
    auto put = database.prepare(
        "INSERT INTO access_grant(kind, target, grantee, role, created_at)"
        " SELECT 'file', id, ?1, ?2, ?3 FROM file WHERE id=?4 AND owner=?5"
        " ON CONFLICT(kind, target, grantee) DO UPDATE SET role=excluded.role"
        " RETURNING grantee, role, created_at");
    put.bind(0, to_text(grant.grantee))
        .bind(1, to_text(grant.role))
        .bind(2, to_column(grant.created_at))
        .bind(3, id.text())
        .bind(4, owner.text());
    auto kept = read_grants(put);
    if (kept.empty()) return std::unexpected(CatalogError::not_found);
    return std::move(kept.front());
  });
}

bool SqliteCatalog::delete_grant(const FileId& id, const Grantee& grantee) {
  return writer_.submit([&](sqlite::Database& database) {
    database.prepare("DELETE FROM access_grant WHERE kind='file' AND target=? AND grantee=?")
        .bind_all(std::string_view(id.text()), std::string_view(to_text(grantee)))
        .run();
    return database.changes() > 0;
  });
}

std::vector<Grant> SqliteCatalog::list_grants(const FileId& id, std::string_view after,
                                              std::size_t limit) {
  auto database = readers_.lease();
  auto find = database->prepare(
      "SELECT grantee, role, created_at FROM access_grant"
      " WHERE kind='file' AND target=? AND grantee>? ORDER BY grantee LIMIT ?");
  find.bind_all(std::string_view(id.text()), after, static_cast<std::int64_t>(limit));
  return read_grants(find);
}

std::vector<Grant> SqliteCatalog::find_grants(const FileId& id, std::span<const Grantee> whom) {
  auto database = readers_.lease();
  auto find = database->prepare(select_grants());
  find.bind(0, id.text()).bind(1, json_array(whom));
  return read_grants(find);
}

}  // namespace signpost::catalog_sqlite
