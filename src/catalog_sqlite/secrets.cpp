// Secrets that every node shares.
#include "base/random.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"

namespace signpost::catalog_sqlite {

Secret SqliteCatalog::shared_secret(std::string_view name) {
  return write([&](sqlite::Database& database) {
    auto insert = database.prepare("INSERT OR IGNORE INTO secret(name, value) VALUES(?,?)");
    insert.bind(0, name).bind_blob(1, random_bytes(32)).run();
    auto find = database.prepare("SELECT value FROM secret WHERE name=?");
    find.bind(0, name).step();
    return Secret(find.text(0));
  });
}

}  // namespace signpost::catalog_sqlite
