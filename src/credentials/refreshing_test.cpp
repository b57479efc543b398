#include "credentials/refreshing.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace signpost::credentials {
namespace {

using std::chrono::seconds;

Timed timed(std::string id, std::optional<UnixSeconds> end) {
  return {.credentials = {std::move(id), Secret("secret"), Secret("token")},
          .ends_at = end,
          .source = "test"};
}

UnixSeconds system_time() {
  return std::chrono::floor<seconds>(std::chrono::system_clock::now());
}

TEST(Refreshing, NewOnesComeBeforeTheOldOnesEnd) {
  std::atomic<int> loads = 0;
  const Refreshing refreshing(
      timed("OLD", system_time() + seconds{3}),
      [&]() -> std::expected<Timed, std::string> {
        if (++loads == 1) return std::unexpected("not now");
        return timed("NEW", system_time() + std::chrono::hours{1});
      },
      &system_time);
  const Current current = refreshing.current();
  const Snapshot before = current();
  EXPECT_EQ(before->credentials.access_key_id, "OLD");
  EXPECT_EQ(current(), before);
  for (int i = 0; i < 400 && current() == before; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(current()->credentials.access_key_id, "NEW");
  EXPECT_EQ(loads, 2);
  EXPECT_LE(system_time(), *before->ends_at);
}

TEST(Refreshing, WithoutAnEndNobodyAsks) {
  const Refreshing refreshing(
      timed("STAYS", std::nullopt), []() -> std::expected<Timed, std::string> { std::abort(); },
      &system_time);
  EXPECT_EQ(refreshing.current()()->credentials.access_key_id, "STAYS");
}

}  // namespace
}  // namespace signpost::credentials
