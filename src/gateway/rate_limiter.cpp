#include "gateway/rate_limiter.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace signpost::gateway {
namespace {

constexpr std::int64_t second = 1'000'000'000;

std::int64_t nanoseconds(RateLimiter::Time time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

RateLimiter::RateLimiter(double per_second, unsigned burst, std::size_t places)
    : interval_(static_cast<std::int64_t>(static_cast<double>(second) / per_second)),
      tolerance_(interval_ * (burst - 1)),
      sets_(std::max<std::size_t>(places / ways, 1)),
      mutexes_(std::make_unique<std::array<std::mutex, locks>>()) {
  static_assert(crypto_shorthash_KEYBYTES == sizeof(secret_));
  randombytes_buf(secret_.data(), secret_.size());
}

std::uint64_t RateLimiter::hash(std::string_view key) const {
  std::uint64_t out = 0;
  static_assert(crypto_shorthash_BYTES == sizeof(out));
  crypto_shorthash(reinterpret_cast<unsigned char*>(&out),
                   reinterpret_cast<const unsigned char*>(key.data()), key.size(), secret_.data());
  return out == 0 ? 1 : out;  // 0 is an empty place
}

RateLimiter::Place* RateLimiter::find(Set& set, std::uint64_t key) {
  auto found = std::ranges::find(set, key, &Place::key);
  return found == set.end() ? nullptr : &*found;
}

std::optional<std::chrono::seconds> RateLimiter::take(std::string_view key, Time time) {
  std::uint64_t hashed = hash(key);
  std::size_t index = hashed % sets_.size();
  std::int64_t now = nanoseconds(time);
  std::scoped_lock lock((*mutexes_)[index % locks]);
  Place* place = find(sets_[index], hashed);
  if (!place) {
    place = &*std::ranges::min_element(sets_[index], {}, &Place::full_at);
    *place = {hashed, 0};
  }
  std::int64_t full_at = std::max(place->full_at, now);
  if (std::int64_t wait = full_at - now - tolerance_; wait > 0)
    return std::chrono::seconds((wait + second - 1) / second);
  place->full_at = full_at + interval_;
  return std::nullopt;
}

void RateLimiter::give_back(std::string_view key) {
  std::uint64_t hashed = hash(key);
  std::size_t index = hashed % sets_.size();
  std::scoped_lock lock((*mutexes_)[index % locks]);
  if (Place* place = find(sets_[index], hashed)) place->full_at -= interval_;
}

void RateLimiter::forget(std::string_view key) {
  std::uint64_t hashed = hash(key);
  std::size_t index = hashed % sets_.size();
  std::scoped_lock lock((*mutexes_)[index % locks]);
  if (Place* place = find(sets_[index], hashed)) *place = {};
}

}  // namespace signpost::gateway
