#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "base/limits.hpp"
#include "storage/fetch_counts.hpp"
#include "storage/store.hpp"

namespace signpost::storage {
namespace {

s3::Fetched fetched(const std::string& ticket, const std::string& key, std::uint64_t bytes,
                    int time = 5) {
  const UnixSeconds at{std::chrono::seconds(time)};
  return {ticket, key, 1, bytes, at, at};
}

TEST(FetchCounts, AddUpByBucketTicketAndKey) {
  FetchCounts counts;
  counts.add("photos", fetched("abcdefgh", "a", 10, 7));
  counts.add("photos", fetched("abcdefgh", "a", 5, 3));
  counts.add("photos", fetched("abcdefgh", "b", 1));
  counts.add("others", fetched("abcdefgh", "a", 1));
  auto taken = counts.take();
  ASSERT_EQ(taken.size(), 3u);
  std::ranges::sort(taken, std::greater(), [](const auto& one) { return one.fetched.bytes; });
  EXPECT_EQ(taken[0].fetched.bytes, 15u);
  EXPECT_EQ(taken[0].fetched.requests, 2u);
  EXPECT_EQ(taken[0].fetched.first.time_since_epoch().count(), 3);
  EXPECT_EQ(taken[0].fetched.last.time_since_epoch().count(), 7);
  EXPECT_TRUE(counts.take().empty());
  EXPECT_EQ(counts.take_lost(), 0u);
}

TEST(FetchCounts, TakeBoundedMemory) {
  FetchCounts counts;
  const std::string key(1024, 'k');
  const std::size_t many = limits::fetch_counts_bytes / 2048 + 10;
  for (std::size_t i = 0; i < many; ++i)
    counts.add("photos", fetched("abcdefgh", key + std::to_string(i), 1));
  const std::size_t kept = counts.take().size();
  EXPECT_LT(kept, many);
  EXPECT_EQ(counts.take_lost(), many - kept);
  EXPECT_EQ(counts.take_lost(), 0u);
  counts.add("photos", fetched("abcdefgh", "a", 1));
  EXPECT_EQ(counts.take().size(), 1u) << "there is room again";
}

class FetchesTest : public testing::Test {
 protected:
  FetchesTest() {
    std::string pattern = testing::TempDir() + "fetches_test_XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    open();
    EXPECT_TRUE(store_->create_bucket("photos", "ann"));
    EXPECT_TRUE(store_->create_bucket("others", "bob"));
  }
  ~FetchesTest() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }
  void open() {
    store_.reset();
    store_ = std::make_unique<Store>(directory_ + "/store");
  }
  s3::FetchReport report(std::string_view place, std::size_t most = 100) {
    return store_->report_fetches("photos", place, most).value();
  }

  std::string directory_;
  std::unique_ptr<Store> store_;
};

TEST_F(FetchesTest, WhatWasKeptIsReportedOnceAndSurvivesARestart) {
  store_->count_fetch("photos", fetched("abcdefgh", "a", 10));
  EXPECT_TRUE(report("").fetched.empty()) << "in memory yet";
  store_->keep_fetch_counts();
  open();
  store_->count_fetch("photos", fetched("abcdefgh", "a", 20));
  store_->keep_fetch_counts();
  const auto first = report("", 1);
  ASSERT_EQ(first.fetched.size(), 1u);
  EXPECT_EQ(first.fetched[0], fetched("abcdefgh", "a", 10));
  EXPECT_EQ(report("").fetched.size(), 2u) << "asked again, for the answer was lost";
  const auto second = report(first.next);
  ASSERT_EQ(second.fetched.size(), 1u);
  EXPECT_EQ(second.fetched[0].bytes, 20u);
  EXPECT_EQ(report("").fetched.size(), 1u) << "the first is known to who asked, and forgotten";
  const auto third = report(second.next);
  EXPECT_TRUE(third.fetched.empty());
  EXPECT_EQ(third.next, second.next);
  EXPECT_TRUE(report("").fetched.empty());
}

TEST_F(FetchesTest, AreOfOneBucket) {
  store_->count_fetch("photos", fetched("abcdefgh", "a", 1));
  store_->count_fetch("others", fetched("abcdefgh", "b", 2));
  store_->count_fetch("none", fetched("abcdefgh", "c", 3));
  store_->keep_fetch_counts();
  const auto here = report("");
  ASSERT_EQ(here.fetched.size(), 1u);
  EXPECT_TRUE(report(here.next).fetched.empty());
  EXPECT_EQ(store_->report_fetches("others", "", 100).value().fetched.size(), 1u);
  EXPECT_EQ(store_->report_fetches("none", "", 100).error(), Refusal::no_such_bucket);
  ASSERT_TRUE(store_->delete_bucket("others"));
  ASSERT_TRUE(store_->create_bucket("others", "bob"));
  EXPECT_TRUE(store_->report_fetches("others", "", 100).value().fetched.empty());
}

TEST_F(FetchesTest, WhatIsNoTicketIsNotCounted) {
  store_->count_fetch("photos", fetched("of another program", "a", 1));
  store_->keep_fetch_counts();
  EXPECT_TRUE(report("").fetched.empty());
}

TEST_F(FetchesTest, APlaceOfAnotherIndexIsTheBeginning) {
  store_->count_fetch("photos", fetched("abcdefgh", "a", 1));
  store_->keep_fetch_counts();
  const std::string next = report("").next;
  for (const std::string& place : {std::string("1-1"), std::string("x"), next + "0", next + "x"})
    EXPECT_EQ(report(place).fetched.size(), 1u) << place;
}

}  // namespace
}  // namespace signpost::storage
