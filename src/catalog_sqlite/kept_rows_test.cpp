// Rows that the catalog keeps in memory are those that a read of the file would give.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <thread>

#include "catalog_sqlite/sqlite_catalog.hpp"

namespace signpost::catalog_sqlite {
namespace {

using domain::File;

class KeptRowsTest : public ::testing::Test {
 protected:
  KeptRowsTest() {
    std::string pattern = ::testing::TempDir() + "kept_rows_test_XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    file_ = directory_ / "a.db";
  }
  ~KeptRowsTest() override { std::filesystem::remove_all(directory_); }

  static File new_file(std::string_view id) {
    return {.id = *domain::FileId::parse(id),
            .name = "0",
            .content_type = *domain::MediaType::parse("image/png"),
            .owner = *domain::Principal::parse("user:app:ann"),
            .created_by = *domain::Principal::parse("user:app:ann"),
            .object = {"bucket", std::string(id)}};
  }

  std::filesystem::path directory_;
  std::string file_;
};

// Whoever was told that a change is made never reads what was before it.
TEST_F(KeptRowsTest, NoReadIsOlderThanAChangeThatWasAcknowledged) {
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
    ASSERT_TRUE(catalog.patch_file(file, {.name = std::to_string(i)}, {}));
    acknowledged = i;
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(stale, 0);
  EXPECT_GT(reads, 200);
}

// What is known of a change spares the rows that it does not touch.
TEST_F(KeptRowsTest, AChangeOfThisProcessLeavesOtherRowsWhereTheyAre) {
  SqliteCatalog catalog(file_);
  const File a = new_file("a");
  const File b = new_file("b");
  ASSERT_TRUE(catalog.create_file(a, std::nullopt));
  ASSERT_TRUE(catalog.create_file(b, std::nullopt));
  auto kept = catalog.find_file(b.id);
  ASSERT_TRUE(catalog.find_file(a.id));
  ASSERT_TRUE(catalog.patch_file(a, {.name = "new"}, {}));
  EXPECT_EQ(catalog.find_file(a.id)->name, "new");
  EXPECT_EQ(catalog.find_file(b.id), kept);
  sqlite::Database(file_, sqlite::Access::read_write)
      .execute("UPDATE file SET name='x' WHERE id='b'");
  EXPECT_EQ(catalog.find_file(b.id)->name, "x");
  kept = catalog.find_file(b.id);
  // Right behind a change of somebody else.
  sqlite::Database(file_, sqlite::Access::read_write)
      .execute("UPDATE file SET name='y' WHERE id='b'");
  ASSERT_TRUE(catalog.patch_file(a, {.name = "newer"}, {}));
  EXPECT_EQ(catalog.find_file(b.id)->name, "y");
  ASSERT_TRUE(catalog.delete_file(b, {}));
  EXPECT_FALSE(catalog.find_file(b.id));
}

TEST_F(KeptRowsTest, AnotherConnectionsChangesAreSeenAtOnce) {
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
