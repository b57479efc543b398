#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <thread>

#include "sqlite/group_commit_writer.hpp"

namespace signpost::sqlite {
namespace {

constexpr std::array<const char*, 1> schema = {
    "CREATE TABLE word(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)"};

class GroupFailureTest : public testing::Test {
 protected:
  GroupFailureTest() {
    std::string pattern = testing::TempDir() + "group_failure_test_XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    file_ = directory_ / "a.db";
  }
  ~GroupFailureTest() override { std::filesystem::remove_all(directory_); }

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

// No file of this process may grow beyond `bytes` while this lives: write() fails with EFBIG.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::uintmax_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

// What each of several changes that share one group got.
enum class Outcome { none, done, disk_full, other };

Outcome outcome_of(const std::function<void()>& submit) {
  try {
    submit();
    return Outcome::done;
  } catch (const Error& error) {
    return error.is_disk_full() ? Outcome::disk_full : Outcome::other;
  } catch (const std::exception&) {
    return Outcome::other;
  }
}

TEST_F(GroupFailureTest, AFullDiskFailsTheWholeGroupAndNamesItself) {
  std::atomic<bool> busy = false, go = false;
  // Keeps the writer busy, with a transaction that nobody can join any more.
  GroupCommitWriter writer(file_, schema,
                           {.begun = [] {},
                            .committed =
                                [&] {
                                  busy = true;
                                  while (!go) std::this_thread::yield();
                                }});
  std::array<Outcome, 3> outcomes{};
  std::vector<std::thread> threads;
  threads.emplace_back([&] { writer.submit([](Database& db) { insert(db, "first"); }); });
  while (!busy) std::this_thread::yield();
  auto start = [&](std::size_t index, std::function<void(Database&)> change) {
    std::size_t before = writer.waiting();
    threads.emplace_back([&writer, &outcomes, index, change] {
      outcomes[index] = outcome_of([&] { writer.submit(change); });
    });
    while (writer.waiting() == before) std::this_thread::yield();
  };
  start(0, [](Database& db) { insert(db, "bystander"); });
  start(1, [](Database&) { throw std::runtime_error("its own fault"); });
  start(2, [](Database& db) {
    db.execute("PRAGMA max_page_count=1");
    insert(db, std::string(100'000, 'x'));
  });
  go = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(outcomes, (std::array{Outcome::disk_full, Outcome::disk_full, Outcome::disk_full}));
  EXPECT_EQ(count(), 1);
  writer.submit([](Database& db) { insert(db, std::string(100'000, 'y')); });  // opened anew
  EXPECT_EQ(count(), 2);
}

TEST_F(GroupFailureTest, WhoComesBeforeTheCommitIsPartOfIt) {
  GroupCommitWriter writer(file_, schema);
  std::atomic<bool> busy = false;
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    writer.submit([&](Database& db) {
      insert(db, "first");
      busy = true;
      while (writer.waiting() == 0) std::this_thread::yield();
    });
  });
  while (!busy) std::this_thread::yield();
  threads.emplace_back([&] { writer.submit([](Database& db) { insert(db, "second"); }); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(writer.commits(), 1);
  EXPECT_EQ(count(), 2);
}

TEST_F(GroupFailureTest, ACommitThatFailsHalfwayIsUnknownAndThenSuperseded) {
  GroupCommitWriter writer(file_, schema);
  writer.submit([](Database& db) { insert(db, "first"); });
  std::uint64_t commits = writer.commits();
  {
    FileSizeLimit limit(std::filesystem::file_size(file_ + "-wal"));
    EXPECT_THROW(writer.submit([](Database& db) { insert(db, "second"); }), CommitUnknown);
  }
  EXPECT_EQ(writer.commits(), commits);
  EXPECT_EQ(count(), 1);
  writer.submit([](Database& db) { insert(db, "third"); });
  EXPECT_EQ(count(), 2);
}

TEST_F(GroupFailureTest, AFailedMigrationNamesItsOwnError) {
  Database database(file_, Access::read_write);
  // The step ends the transaction itself, so that there is none to roll back.
  const std::array<const char*, 1> broken = {"ROLLBACK; INSERT INTO nowhere VALUES(1)"};
  try {
    database.migrate(broken);
    FAIL() << "there is no such table";
  } catch (const Error& error) {
    EXPECT_NE(std::string_view(error.what()).find("nowhere"), std::string_view::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace signpost::sqlite
