#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <thread>

#include "sqlite/database_pool.hpp"
#include "sqlite/group_commit_writer.hpp"

namespace signpost::sqlite {
namespace {

constexpr std::array<const char*, 1> schema = {
    "CREATE TABLE word(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)"};

class SqliteTest : public testing::Test {
 protected:
  SqliteTest() {
    std::string pattern = testing::TempDir() + "sqlite_test_XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    file_ = directory_ / "a.db";
  }
  ~SqliteTest() override { std::filesystem::remove_all(directory_); }

  std::int64_t count() {
    Database reader(file_, Access::read_only);
    auto statement = reader.prepare("SELECT count(*) FROM word");
    statement.step();
    return statement.integer(0);
  }

  std::filesystem::path directory_;
  std::string file_;
};

void insert(Database& database, std::string_view text) {
  database.prepare("INSERT INTO word(text) VALUES(?)").bind(0, text).run();
}

TEST_F(SqliteTest, KeepsBytesNumbersAndNulls) {
  Database database(file_, Access::read_write);
  database.execute("CREATE TABLE t(a, b, c, d)");
  std::string bytes("a\0b", 3);
  {
    auto insert_row = database.prepare("INSERT INTO t VALUES(?,?,?,?)");
    insert_row.bind_all(std::string_view(bytes), std::int64_t{1} << 40, nullptr,
                        std::string_view());
    insert_row.run();
  }
  auto row = database.prepare("SELECT a,b,c,d FROM t");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.text(0), bytes);
  EXPECT_EQ(row.integer(1), std::int64_t{1} << 40);
  EXPECT_TRUE(row.is_null(2));
  EXPECT_FALSE(row.is_null(3));
  EXPECT_EQ(row.optional_text(3), "");
}

TEST_F(SqliteTest, IsDurableByItsSettings) {
  Database database(file_, Access::read_write);
  auto mode = database.prepare("PRAGMA journal_mode");
  mode.step();
  EXPECT_EQ(mode.text(0), "wal");
  auto synchronous = database.prepare("PRAGMA synchronous");
  synchronous.step();
  EXPECT_EQ(synchronous.integer(0), 2);  // FULL
}

TEST_F(SqliteTest, RefusesAFileOfALaterVersion) {
  Database database(file_, Access::read_write);
  database.migrate(schema);
  database.execute("PRAGMA user_version=7");
  EXPECT_THROW(database.migrate(schema), std::runtime_error);
}

// What a catalog's callers see, who know of no SQLite.
TEST_F(SqliteTest, FailuresSayInTheSystemsWordsWhatTheyAre) {
  try {
    DatabasePool(file_).lease();  // there is no such file
    ADD_FAILURE() << "opened";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::io_error);
    EXPECT_FALSE(std::string_view(error.what()).ends_with("Input/output error")) << error.what();
  }
  EXPECT_EQ(Error(SQLITE_IOERR_READ, "read", EIO).code(), std::errc::io_error);
  EXPECT_EQ(Error(SQLITE_FULL, "full").code(), std::errc::no_space_on_device);
  EXPECT_EQ(Error(SQLITE_IOERR_WRITE, "quota", EDQUOT).code(), std::errc::no_space_on_device);
  EXPECT_EQ(Error(SQLITE_CORRUPT, "damaged").code(), std::errc::state_not_recoverable);
  EXPECT_EQ(CommitUnknown(SQLITE_IOERR_FSYNC, "commit", EIO).code(),
            std::errc::state_not_recoverable);
  EXPECT_STREQ(Error(SQLITE_FULL, "a sentence").what(), "a sentence");
}

TEST_F(SqliteTest, AFailedMigrationLeavesTheOldSchema) {
  Database database(file_, Access::read_write);
  database.migrate(schema);
  const std::array<const char*, 2> broken = {schema[0],
                                             "CREATE TABLE x(a); INSERT INTO nowhere VALUES(1)"};
  EXPECT_THROW(database.migrate(broken), Error);
  database.migrate(schema);
  EXPECT_THROW(database.prepare("SELECT * FROM x"), Error);
}

TEST_F(SqliteTest, AChangeThatThrowsUndoesItselfAlone) {
  GroupCommitWriter writer(file_, schema);
  writer.submit([](Database& db) { insert(db, "one"); });
  try {
    writer.submit([](Database& db) {
      insert(db, "two");
      insert(db, "one");
    });
    FAIL() << "the second 'one' should not fit";
  } catch (const Error& error) {
    EXPECT_TRUE(error.is_unique_violation());
  }
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(writer.submit([](Database& db) {
    insert(db, "three");
    return db.last_row_id();
  }),
            2);
}

TEST_F(SqliteTest, ManyThreadsShareCommits) {
  GroupCommitWriter writer(file_, schema);
  DatabasePool pool(file_);
  std::vector<std::thread> threads;
  std::atomic<int> unseen = 0;
  for (int t = 0; t < 16; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        std::string text = std::to_string(t) + "/" + std::to_string(i);
        writer.submit([&](Database& db) { insert(db, text); });
        auto lease = pool.lease();
        auto find = lease->prepare("SELECT id FROM word WHERE text=?");
        if (!find.bind(0, text).step()) ++unseen;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(count(), 400);
  EXPECT_EQ(unseen, 0);
  EXPECT_LT(writer.commits(), 400u);
}

}  // namespace
}  // namespace signpost::sqlite
