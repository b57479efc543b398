#include "storage/digest_threads.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace signpost::storage {
namespace {

using Running = DigestThreads::Running;

TEST(DigestThreadsTest, ComputesOnAThreadOfTheirsMeanwhile) {
  DigestThreads threads;
  std::latch begun(1);
  std::thread::id by;
  Running running(threads, [&] {
    by = std::this_thread::get_id();
    begun.count_down();
  });
  begun.wait();  // for ever, if nobody but wait() computed
  running.wait();
  EXPECT_NE(by, std::this_thread::get_id());
}

TEST(DigestThreadsTest, WhoWaitsComputesWhatNoThreadHasBegun) {
  DigestThreads threads;
  std::latch end(1);
  std::vector<std::unique_ptr<Running>> all_busy;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i)
    all_busy.push_back(std::make_unique<Running>(threads, [&] { end.wait(); }));
  std::atomic<int> busy_with = 0;
  {
    Running running(threads, [&] { ++busy_with; });
    running.wait();
    EXPECT_EQ(busy_with, 1);
  }
  {
    const Running given_up(threads, [&] { ++busy_with; });
  }
  end.count_down();
  for (auto& each : all_busy) each->wait();
  Running last(threads, [] {});
  last.wait();
  EXPECT_EQ(busy_with, 1) << "once, and not what was given up";
}

TEST(DigestThreadsTest, WhoGoesBeforeItsEndWaits) {
  DigestThreads threads;
  std::atomic<bool> done = false;
  std::latch begun(1);
  {
    const Running running(threads, [&] {
      begun.count_down();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      done = true;
    });
    begun.wait();
  }
  EXPECT_TRUE(done);
}

TEST(DigestThreadsTest, GivesWhatWasThrownToWhoWaits) {
  DigestThreads threads;
  for (int i = 0; i < 100; ++i) {  // by whichever of the two computes
    Running running(threads, [] { throw std::runtime_error("no"); });
    EXPECT_THROW(running.wait(), std::runtime_error);
  }
}

}  // namespace
}  // namespace signpost::storage
