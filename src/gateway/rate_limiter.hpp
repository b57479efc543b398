#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace signpost::gateway {

// So many in a row, then so many per second, for each of any number of keys (the generic cell rate
// algorithm: one time a key is all that it remembers). Memory is fixed: where a key finds no place,
// it takes that of the key which has recovered furthest. Keys are hashed with a secret
// (SipHash), so that nobody can choose one that shares another's place. For any thread.
class RateLimiter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `burst` from 1; `places` keys at most, 16 bytes each.
  RateLimiter(double per_second, unsigned burst, std::size_t places);

  // Takes one. Where there is none left: how long to wait for the next, and nothing is taken.
  std::optional<std::chrono::seconds> take(std::string_view key, Time now);
  // Undoes one take().
  void give_back(std::string_view key);
  // All are there again.
  void forget(std::string_view key);

 private:
  static constexpr std::size_t ways = 8;
  static constexpr std::size_t locks = 64;
  struct Place {
    std::uint64_t key = 0;
    std::int64_t full_at = 0;  // when nothing will be taken any more, nanoseconds
  };
  using Set = std::array<Place, ways>;

  std::uint64_t hash(std::string_view key) const;
  Place* find(Set& set, std::uint64_t key);

  std::int64_t interval_;  // nanoseconds for one
  std::int64_t tolerance_;
  std::array<unsigned char, 16> secret_;
  std::vector<Set> sets_;
  std::unique_ptr<std::array<std::mutex, locks>> mutexes_;
};

}  // namespace signpost::gateway
