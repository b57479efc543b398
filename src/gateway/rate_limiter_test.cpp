#include "gateway/rate_limiter.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

namespace signpost::gateway {
namespace {

using namespace std::chrono_literals;
const RateLimiter::Time start{1000h};

TEST(RateLimiter, LetsABurstPassAndThenTheRate) {
  RateLimiter limiter(0.5, 3, 64);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.take("a", start)) << i;
  EXPECT_EQ(limiter.take("a", start), 2s);
  EXPECT_EQ(limiter.take("a", start + 1500ms), 1s);
  EXPECT_FALSE(limiter.take("b", start));
  EXPECT_FALSE(limiter.take("a", start + 2s));
  EXPECT_EQ(limiter.take("a", start + 2s), 2s);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.take("a", start + 1h)) << i;
  EXPECT_TRUE(limiter.take("a", start + 1h));
}

TEST(RateLimiter, GivesBackAndForgets) {
  RateLimiter limiter(1, 1, 64);
  EXPECT_FALSE(limiter.take("a", start));
  EXPECT_TRUE(limiter.take("a", start));
  limiter.give_back("a");
  EXPECT_FALSE(limiter.take("a", start));
  limiter.forget("a");
  EXPECT_FALSE(limiter.take("a", start));
  EXPECT_TRUE(limiter.take("a", start));
  limiter.forget("unknown");
  limiter.give_back("unknown");
}

TEST(RateLimiter, KeepsWhoIsLimitedAmongThoseWhoAreNot) {
  RateLimiter limiter(1, 10, 8);  // one set
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(limiter.take("busy", start));
  for (int i = 0; i < 10'000; ++i) limiter.take("other" + std::to_string(i), start);
  EXPECT_TRUE(limiter.take("busy", start));
}

TEST(RateLimiter, CountsEveryThread) {
  RateLimiter limiter(0.001, 100, 1024);
  std::atomic<int> passed = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) passed += !limiter.take("key", start);
      });
  }
  EXPECT_EQ(passed, 100);
}

}  // namespace
}  // namespace signpost::gateway
