#include <gtest/gtest.h>

#include <filesystem>

#include "storage/store.hpp"

namespace signpost::storage {
namespace {

UnixSeconds at(long long seconds) {
  return UnixSeconds(std::chrono::seconds(seconds));
}

class TicketsTest : public testing::Test {
 protected:
  TicketsTest() {
    std::string pattern = testing::TempDir() + "tickets_test_XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    open();
    EXPECT_TRUE(store_->create_bucket("photos", "ann"));
    EXPECT_TRUE(store_->create_bucket("others", "bob"));
  }
  ~TicketsTest() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }
  void open() {
    store_.reset();
    store_ = std::make_unique<Store>(directory_ + "/store");
  }

  std::string directory_;
  std::unique_ptr<Store> store_;
  const std::vector<std::string> tags_{"abcdefgh", "ABCDEFGH"};
};

TEST_F(TicketsTest, WhatHasAWithdrawnTagIsRefusedAndStaysSo) {
  EXPECT_FALSE(store_->has_withdrawn_tickets());
  EXPECT_FALSE(store_->is_withdrawn("photos", "abcdefgh", at(5)));
  ASSERT_TRUE(store_->withdraw_tickets("photos", tags_, at(5), at(100)));
  for (int opened = 0; opened < 2; ++opened, open()) {
    EXPECT_TRUE(store_->has_withdrawn_tickets());
    for (const char* ticket : {"abcdefgh", "ABCDEFGH", "12345678ABCDEFGH", "abcdefgh12345678"})
      EXPECT_TRUE(store_->is_withdrawn("photos", ticket, at(99))) << ticket;
    for (const char* ticket : {"12345678", "xabcdefg", "abcdefgh1", "", "abcdefg"})
      EXPECT_FALSE(store_->is_withdrawn("photos", ticket, at(99))) << ticket;
    EXPECT_FALSE(store_->is_withdrawn("others", "abcdefgh", at(99)));
    EXPECT_FALSE(store_->is_withdrawn("none", "abcdefgh", at(99)));
    EXPECT_FALSE(store_->is_withdrawn("photos", "abcdefgh", at(100)));
  }
  EXPECT_EQ(store_->withdraw_tickets("none", tags_, at(5), at(100)).error(),
            Refusal::no_such_bucket);
}

TEST_F(TicketsTest, AWithdrawalOutlivesAnEarlierOnesEnd) {
  ASSERT_TRUE(store_->withdraw_tickets("photos", tags_, at(5), at(100)));
  const std::vector<std::string> first{"abcdefgh"};
  const std::vector<std::string> other{"12345678"};
  ASSERT_TRUE(store_->withdraw_tickets("photos", first, at(50), at(150)));
  ASSERT_TRUE(store_->withdraw_tickets("photos", other, at(120), at(220)));
  EXPECT_TRUE(store_->is_withdrawn("photos", "abcdefgh", at(120)));
  EXPECT_FALSE(store_->is_withdrawn("photos", "ABCDEFGH", at(50))) << "forgotten by then";
}

TEST_F(TicketsTest, ABucketsGoWithIt) {
  ASSERT_TRUE(store_->withdraw_tickets("photos", tags_, at(5), at(100)));
  ASSERT_TRUE(store_->delete_bucket("photos"));
  ASSERT_TRUE(store_->create_bucket("photos", "ann"));
  EXPECT_FALSE(store_->is_withdrawn("photos", "abcdefgh", at(6)));
}

}  // namespace
}  // namespace signpost::storage
