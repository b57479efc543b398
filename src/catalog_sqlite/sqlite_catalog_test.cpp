#include "catalog_sqlite/sqlite_catalog.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "catalog_sqlite/file_list.hpp"
#include "catalog_sqlite/schema.hpp"
#include "catalog_sqlite/statements.hpp"
#include "testing/account_contract.hpp"
#include "testing/catalog_sharing_contract.hpp"
#include "testing/fetch_contract.hpp"
#include "testing/keyed_contract.hpp"
#include "testing/withdrawal_contract.hpp"

namespace signpost::testing {
namespace {

// A file of its own for each test.
class SqliteStore {
 public:
  SqliteStore() {
    std::string name = std::filesystem::temp_directory_path() / "signpost-catalog-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for the test");
    folder_ = name;
  }
  ~SqliteStore() { std::filesystem::remove_all(folder_); }
  SqliteStore(const SqliteStore&) = delete;

  std::unique_ptr<Catalog> open() {
    return std::make_unique<catalog_sqlite::SqliteCatalog>(file());
  }
  std::string file() const { return folder_ / "catalog.db"; }

 private:
  std::filesystem::path folder_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, CatalogContract, SqliteStore);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, AccountContract, SqliteStore);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, SharingContract, SqliteStore);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, KeyedContract, SqliteStore);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, WithdrawalContract, SqliteStore);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, FetchContract, SqliteStore);

TEST(SqliteCatalog, TheFileIsItsOwnersAlone) {
  SqliteStore store;
  auto catalog = store.open();
  struct stat status{};
  ASSERT_EQ(::stat(store.file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

TEST(SqliteCatalog, RefusesAFileOfALaterProgram) {
  SqliteStore store;
  store.open().reset();
  sqlite::Database(store.file(), sqlite::Access::read_write).execute("PRAGMA user_version=999");
  EXPECT_THROW(store.open(), std::runtime_error);
}

// A list must stay quick with a million files of others: both ends of the sort come from an index.
TEST(SqliteCatalog, ListsByAnIndex) {
  SqliteStore store;
  store.open().reset();
  sqlite::Database database(store.file(), sqlite::Access::read_write);
  for (std::string_view sort : {"created_at", "-created_at", "name", "-name", "size", "-size"})
    for (auto after : {std::optional<std::string>(), std::optional<std::string>("1:1")})
      for (bool album : {false, true}) {
        FileQuery query{.owner = *Principal::user("local", "ann"), .sort = *parse_file_sort(sort)};
        if (album) query = {.owner = std::nullopt, .album = album_id("a"), .sort = query.sort};
        query.after = after;
        std::string sql = "EXPLAIN QUERY PLAN " + catalog_sqlite::select_files(query);
        auto plan = database.prepare(sql);
        ASSERT_TRUE(plan.step());
        std::string step(plan.text(3));
        EXPECT_NE(step.find(album ? "USING INDEX file_in_album_by_" : "USING INDEX file_by_"),
                  std::string::npos)
            << step;
        EXPECT_EQ(after.has_value(), step.find('<') != step.npos || step.find('>') != step.npos);
        EXPECT_FALSE(plan.step()) << "sorts by itself: " << plan.text(3);
      }
}

// What was free text becomes albums of that name, one for each owner.
TEST(SqliteCatalog, TurnsTheAlbumsOfOldFilesIntoAlbums) {
  SqliteStore store;
  auto steps = catalog_sqlite::migrations();
  auto is_albums = [](const char* step) {
    return std::string_view(step).find("CREATE TABLE album(") != std::string_view::npos;
  };
  auto before = std::ranges::find_if(steps, is_albums) - steps.begin();
  {
    sqlite::Database old(store.file(), sqlite::Access::read_write);
    old.migrate(steps.first(static_cast<std::size_t>(before)));
    old.execute(R"(
      INSERT INTO file(id, name, content_type, state, owner, created_by, album, metadata,
                       created_at, updated_at, bucket, key, etag)
        SELECT value, 'n', 'text/plain', 'ready', 'user:app:' || substr(value, 1, 3), 'user:app:x',
               nullif('Süß & ' || substr(value, 4), 'Süß & '), x'', 5, 6, 'b', value, 'e'
        FROM json_each('["ann1","ann2","bob1","bob"]');
      UPDATE file SET album='Süß & 1' WHERE id='ann2')");
  }
  auto catalog = store.open();
  auto album_of = [&](std::string_view id) { return catalog->find_file(file_id(id))->album; };
  ASSERT_TRUE(album_of("ann1") && album_of("bob1"));
  EXPECT_EQ(album_of("ann1"), album_of("ann2"));
  EXPECT_NE(album_of("ann1"), album_of("bob1"));
  EXPECT_FALSE(album_of("bob"));
  auto album = catalog->find_album(*album_of("ann1"));
  ASSERT_TRUE(album);
  EXPECT_EQ(album->name, "Süß & 1");
  EXPECT_EQ(album->owner.text(), "user:app:ann");
  EXPECT_EQ(album->created_at, at(5));
}

// Whoever is signed in when the program is replaced stays so, and finds the session in the list.
TEST(SqliteCatalog, KeepsSessionsFromBeforeTheyHadIds) {
  SqliteStore store;
  auto steps = catalog_sqlite::migrations();
  auto has_ids = [](const char* step) {
    return std::string_view(step).find("ALTER TABLE session ADD COLUMN id") !=
           std::string_view::npos;
  };
  auto before = std::ranges::find_if(steps, has_ids) - steps.begin();
  {
    sqlite::Database old(store.file(), sqlite::Access::read_write);
    old.migrate(steps.first(static_cast<std::size_t>(before)));
    for (std::string_view token : {"1", "2"}) {
      auto insert = old.prepare(
          "INSERT INTO session(token_hash, principal, groups, admin, created_at, expires_at)"
          " VALUES(?,'user:app:ann',x'',0,5,100)");
      insert.bind_blob(0, as_bytes_view(sha256(token))).run();
    }
  }
  auto catalog = store.open();
  auto found = catalog->find_session(sha256("1"), at(50));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id.size(), 24u);
  auto page = catalog->list_sessions(*Principal::user("app", "ann"), 10, std::nullopt, at(50));
  ASSERT_EQ(page->items.size(), 2u);
  EXPECT_NE(page->items[0].id, page->items[1].id);
  EXPECT_TRUE(catalog->delete_session_by_id(found->id, &found->principal));
  EXPECT_FALSE(catalog->find_session(sha256("1"), at(50)));
}

// A decision must be quick with a million files and their grants.
TEST(SqliteCatalog, FindsFilesAndGrantsByTheirKeys) {
  SqliteStore store;
  store.open().reset();
  sqlite::Database database(store.file(), sqlite::Access::read_write);
  for (const std::string& sql :
       {std::string(catalog_sqlite::select_file()), std::string(catalog_sqlite::select_grants())}) {
    auto plan = database.prepare("EXPLAIN QUERY PLAN " + sql);
    while (plan.step()) {
      std::string step(plan.text(3));
      bool of_the_parameter = step.find("json_each") != step.npos;
      if (!of_the_parameter) EXPECT_EQ(step.find("SCAN"), step.npos) << step;
    }
  }
}

}  // namespace
}  // namespace signpost::testing
