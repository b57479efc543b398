// Albums. Which file is in which stands at the file.
#include "catalog_sqlite/keyed.hpp"
#include "catalog_sqlite/rows.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"
#include "catalog_sqlite/withdrawals.hpp"

namespace signpost::catalog_sqlite {

using namespace domain;

namespace {

std::optional<Album> find_in(sqlite::Database& database, const AlbumId& id) {
  auto find =
      database.prepare("SELECT id, name, owner, created_at, updated_at FROM album WHERE id=?");
  if (!find.bind(0, id.text()).step()) return std::nullopt;
  return read_album(find);
}

void insert_album(sqlite::Database& database, const Album& album) {
  // Its epoch is none that an album of that id had before.
  database
      .prepare(
          "INSERT INTO album(id, name, owner, created_at, updated_at, epoch)"
          " VALUES(?,?,?,?,?,abs(random()>>2))")
      .bind(0, album.id.text())
      .bind(1, album.name)
      .bind(2, album.owner.text())
      .bind(3, to_column(album.created_at))
      .bind(4, to_column(album.updated_at))
      .run();
}

}  // namespace

std::expected<void, CatalogError> SqliteCatalog::create_album(const Album& album, Keyed answer) {
  using Result = std::expected<void, CatalogError>;
  try {
    return write(nothing(), [&](sqlite::Database& database) {
      return create_once(database, answer, [&]() -> Result {
        insert_album(database, album);
        return {};
      });
    });
  } catch (const sqlite::Error& error) {
    if (error.is_unique_violation()) return std::unexpected(CatalogError::taken);
    throw;
  }
}

std::optional<Album> SqliteCatalog::find_album(const AlbumId& id) {
  auto database = readers_.lease();
  return find_in(*database, id);
}

AlbumPage SqliteCatalog::list_albums(const Principal& owner, std::optional<std::int64_t> after,
                                     std::size_t limit) {
  auto database = readers_.lease();
  auto find = database->prepare(
      "SELECT id, name, owner, created_at, updated_at, number FROM album"
      " WHERE owner=? AND number<ifnull(?,9223372036854775807) ORDER BY number DESC LIMIT ?");
  find.bind(0, owner.text()).bind(1, after).bind(2, static_cast<std::int64_t>(limit + 1));
  AlbumPage page;
  std::int64_t last = 0;
  while (find.step()) {
    if (page.items.size() == limit) {
      page.next = last;
      break;
    }
    page.items.push_back(read_album(find));
    last = find.integer(5);
  }
  return page;
}

std::expected<Album, CatalogError> SqliteCatalog::rename_album(const AlbumId& id,
                                                               const Principal& owner,
                                                               std::string_view name,
                                                               UnixSeconds now) {
  using Result = std::expected<Album, CatalogError>;
  return write(nothing(), [&](sqlite::Database& database) -> Result {
    database.prepare("UPDATE album SET name=?, updated_at=? WHERE id=? AND owner=?")
        .bind_all(name, to_column(now), std::string_view(id.text()), std::string_view(owner.text()))
        .run();
    if (database.changes() == 0) return std::unexpected(CatalogError::not_found);
    return *find_in(database, id);
  });
}

bool SqliteCatalog::delete_album(const AlbumId& id, const Principal& owner) {
  return write([&](sqlite::Database& database) {
    auto album = find_in(database, id);
    if (!album || album->owner != owner) return false;
    withdraw_album(database, id);
    database.prepare("DELETE FROM album WHERE id=?").bind(0, id.text()).run();
    // Else they would be in the next album of that id, and that would have its grants.
    database.prepare("UPDATE file SET album=NULL WHERE album=?").bind(0, id.text()).run();
    database.prepare("DELETE FROM access_grant WHERE kind='album' AND target=?")
        .bind(0, id.text())
        .run();
    return true;
  });
}

}  // namespace signpost::catalog_sqlite
