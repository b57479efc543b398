#include "sqlite/row_cache.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "sqlite/group_commit_writer.hpp"

namespace signpost::sqlite {
namespace {

constexpr std::array<const char*, 1> schema = {"CREATE TABLE word(text TEXT NOT NULL)"};

class RowCacheTest : public ::testing::Test {
 protected:
  RowCacheTest() {
    std::string pattern = ::testing::TempDir() + "row_cache_test_XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    file_ = directory_ / "a.db";
  }
  ~RowCacheTest() override { std::filesystem::remove_all(directory_); }

  static void write(GroupCommitWriter& writer) {
    writer.submit([](Database& db) { db.execute("INSERT INTO word VALUES('a')"); });
  }
  static std::shared_ptr<const std::string> row(std::string_view text) {
    return std::make_shared<const std::string>(text);
  }

  std::filesystem::path directory_;
  std::string file_;
};

TEST_F(RowCacheTest, GivesWhatWasKeptUntilTheNextCommit) {
  GroupCommitWriter writer(file_, schema);
  CommitWatch watch(file_);
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
  GroupCommitWriter writer(file_, schema);
  CommitWatch watch(file_);
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
  GroupCommitWriter writer(file_, schema);
  CommitWatch watch(file_);
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

}  // namespace
}  // namespace signpost::sqlite
