#include "catalog_sqlite/row_cache.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <thread>

#include "catalog_sqlite/sqlite_catalog.hpp"
#include "sqlite/group_commit_writer.hpp"

namespace signpost::catalog_sqlite {
namespace {

using domain::File;

constexpr std::array<const char*, 1> schema = {"CREATE TABLE word(text TEXT NOT NULL)"};

class RowCacheTest : public ::testing::Test {
 protected:
  RowCacheTest() {
    std::string pattern = ::testing::TempDir() + "row_cache_test_XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    file_ = directory_ / "a.db";
  }
  ~RowCacheTest() override { std::filesystem::remove_all(directory_); }

  static void write(sqlite::GroupCommitWriter& writer) {
    writer.submit([](sqlite::Database& db) { db.execute("INSERT INTO word VALUES('a')"); });
  }
  static std::shared_ptr<const std::string> row(std::string_view text) {
    return std::make_shared<const std::string>(text);
  }

  static File new_file(std::string_view id) {
    return {.id = *domain::FileId::parse(id),
            .name = "0",
            .content_type = "image/png",
            .owner = *domain::Principal::parse("user:app:ann"),
            .created_by = *domain::Principal::parse("user:app:ann"),
            .object = {"bucket", std::string(id)}};
  }

  std::filesystem::path directory_;
  std::string file_;
};

TEST_F(RowCacheTest, GivesWhatWasKeptUntilTheNextCommit) {
  sqlite::GroupCommitWriter writer(file_, schema);
  sqlite::CommitWatch watch(file_);
  RowCache<std::string> cache(watch, 1 << 20);
  auto before = cache.mark();
  EXPECT_EQ(cache.find("a", before), nullptr);
  cache.keep("a", row("1"), 1, before);
  EXPECT_EQ(*cache.find("a", before), "1");
  write(writer);
  auto after = cache.mark();
  EXPECT_EQ(cache.find("a", after), nullptr);
  cache.keep("a", row("2"), 1, after);
  EXPECT_EQ(*cache.find("a", after), "2");
  EXPECT_EQ(cache.find("a", before), nullptr);
}

TEST_F(RowCacheTest, KeepsNothingThatMayBeOfAnEarlierState) {
  sqlite::GroupCommitWriter writer(file_, schema);
  sqlite::CommitWatch watch(file_);
  RowCache<std::string> cache(watch, 1 << 20);
  auto before = cache.mark();
  write(writer);  // between the mark and the end of the read
  cache.keep("a", row("1"), 1, before);
  EXPECT_EQ(cache.find("a", before), nullptr);
  EXPECT_EQ(cache.find("a", cache.mark()), nullptr);
  cache.keep("b", row("1"), 1, std::nullopt);
  EXPECT_EQ(cache.find("b", std::nullopt), nullptr);
}

TEST_F(RowCacheTest, TheOldestMakeRoom) {
  sqlite::GroupCommitWriter writer(file_, schema);
  sqlite::CommitWatch watch(file_);
  RowCache<std::string> cache(watch, 64 * 1000);  // for each stripe, nine rows of 100 bytes or less
  auto mark = cache.mark();
  for (int i = 0; i < 10'000; ++i) cache.keep(std::to_string(i), row("x"), 100, mark);
  int kept = 0;
  for (int i = 0; i < 10'000; ++i) kept += cache.find(std::to_string(i), mark) != nullptr;
  EXPECT_GT(kept, 64);
  EXPECT_LE(kept, 64 * 9);
  EXPECT_NE(cache.find("9999", mark), nullptr);
  EXPECT_EQ(cache.find("0", mark), nullptr);
  cache.keep("large", row("x"), 1 << 20, mark);
  EXPECT_EQ(cache.find("large", mark), nullptr);
}

// Whoever was told that a change is made never reads what was before it.
TEST_F(RowCacheTest, NoReadIsOlderThanAChangeThatWasAcknowledged) {
  SqliteCatalog catalog(file_);
  const File file = new_file("a");
  ASSERT_TRUE(catalog.create_file(file, std::nullopt));
  std::atomic<int> acknowledged = 0;
  std::atomic<bool> done = false;
  std::atomic<int> stale = 0;
  std::atomic<int> reads = 0;
  auto read = [&] {
    while (!done) {
      const int least = acknowledged;
      if (std::stoi(catalog.find_file(file.id)->name) < least) ++stale;
      ++reads;
    }
  };
  std::array<std::thread, 3> readers{std::thread(read), std::thread(read), std::thread(read)};
  for (int i = 1; i <= 200; ++i) {
    ASSERT_TRUE(catalog.patch_file(file.id, {.name = std::to_string(i)}, {}));
    acknowledged = i;
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(stale, 0);
  EXPECT_GT(reads, 200);
}

// What is known of a change spares the rows that it does not touch.
TEST_F(RowCacheTest, AChangeOfThisProcessLeavesOtherRowsWhereTheyAre) {
  SqliteCatalog catalog(file_);
  const File a = new_file("a");
  const File b = new_file("b");
  ASSERT_TRUE(catalog.create_file(a, std::nullopt));
  ASSERT_TRUE(catalog.create_file(b, std::nullopt));
  auto kept = catalog.find_file(b.id);
  ASSERT_TRUE(catalog.find_file(a.id));
  ASSERT_TRUE(catalog.patch_file(a.id, {.name = "new"}, {}));
  EXPECT_EQ(catalog.find_file(a.id)->name, "new");
  EXPECT_EQ(catalog.find_file(b.id), kept);
  sqlite::Database(file_, sqlite::Access::read_write)
      .execute("UPDATE file SET name='x' WHERE id='b'");
  EXPECT_EQ(catalog.find_file(b.id)->name, "x");
  kept = catalog.find_file(b.id);
  // Right behind a change of somebody else.
  sqlite::Database(file_, sqlite::Access::read_write)
      .execute("UPDATE file SET name='y' WHERE id='b'");
  ASSERT_TRUE(catalog.patch_file(a.id, {.name = "newer"}, {}));
  EXPECT_EQ(catalog.find_file(b.id)->name, "y");
  ASSERT_TRUE(catalog.delete_file(b.id, {}));
  EXPECT_FALSE(catalog.find_file(b.id));
}

TEST_F(RowCacheTest, AnotherConnectionsChangesAreSeenAtOnce) {
  SqliteCatalog catalog(file_);
  auto ann = *domain::Principal::parse("user:app:ann");
  const domain::Session session{
      .id = "s", .principal = ann, .expires_at = UnixSeconds(std::chrono::seconds{100})};
  ASSERT_TRUE(catalog.create_session(session, sha256("t"), nullptr));
  const UnixSeconds now{std::chrono::seconds{50}};
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(catalog.find_session(sha256("t"), now));
  EXPECT_FALSE(catalog.find_session(sha256("t"), UnixSeconds(std::chrono::seconds{100})));
  {
    sqlite::Database other(file_, sqlite::Access::read_write);
    other.execute("DELETE FROM session");
    EXPECT_FALSE(catalog.find_session(sha256("t"), now));
  }
  EXPECT_FALSE(catalog.find_session(sha256("t"), now));
}

}  // namespace
}  // namespace signpost::catalog_sqlite
