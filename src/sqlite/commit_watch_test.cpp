#include "sqlite/commit_watch.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "sqlite/group_commit_writer.hpp"

namespace signpost::sqlite {
namespace {

constexpr std::array<const char*, 1> schema = {"CREATE TABLE word(text TEXT NOT NULL)"};

class CommitWatchTest : public testing::Test {
 protected:
  CommitWatchTest() {
    std::string pattern = testing::TempDir() + "commit_watch_test_XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    file_ = directory_ / "a.db";
    writer_.emplace(file_, schema);
  }
  ~CommitWatchTest() override {
    writer_.reset();
    std::filesystem::remove_all(directory_);
  }

  void write() {
    writer_->submit([](Database& db) { db.execute("INSERT INTO word VALUES('a')"); });
  }

  std::filesystem::path directory_;
  std::string file_;
  std::optional<GroupCommitWriter> writer_;
};

TEST_F(CommitWatchTest, EveryCommitHasAMarkOfItsOwn) {
  CommitWatch watch(file_);
  auto before = watch.now();
  ASSERT_TRUE(before);
  EXPECT_EQ(watch.now(), before);
  write();
  auto after = watch.now();
  ASSERT_TRUE(after);
  EXPECT_NE(after, before);
  EXPECT_EQ(CommitWatch(file_).now(), after);
}

TEST_F(CommitWatchTest, ReadingAndUndoingAreNoCommits) {
  CommitWatch watch(file_);
  auto before = watch.now();
  Database reader(file_, Access::read_only);
  reader.execute("SELECT count(*) FROM word");
  Database other(file_, Access::read_write);
  other.execute("BEGIN IMMEDIATE; INSERT INTO word VALUES('b'); ROLLBACK");
  EXPECT_EQ(watch.now(), before);
}

TEST_F(CommitWatchTest, SeesWhatAnotherProcessCommits) {
  CommitWatch watch(file_);
  auto before = watch.now();
  const pid_t child = ::fork();
  if (child == 0) {
    // A program of its own: SQLite's connections do not survive a fork.
    ::execlp("python3", "python3", "-c",
             "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]);"
             "c.execute(\"INSERT INTO word VALUES('c')\"); c.commit()",
             file_.c_str(), nullptr);
    ::_exit(127);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  auto after = watch.now();
  ASSERT_TRUE(after);
  EXPECT_NE(after, before);
}

TEST_F(CommitWatchTest, ACheckpointMakesNoOldMarkGoodAgain) {
  CommitWatch watch(file_);
  std::vector<CommitMark> seen;
  for (int i = 0; i < 20; ++i) {
    write();
    auto now = watch.now();
    ASSERT_TRUE(now);
    for (const CommitMark& old : seen) EXPECT_NE(*now, old);
    seen.push_back(*now);
    if (i % 4 == 3) {
      Database other(file_, Access::read_write);
      other.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
  }
}

}  // namespace
}  // namespace signpost::sqlite
