#include "credentials/refreshing.hpp"

#include <algorithm>

#include "log/log.hpp"

namespace signpost::credentials {
namespace {

using std::chrono::seconds;

constexpr seconds ahead{15 * 60};
constexpr seconds longest_retry{30};

}  // namespace

Refreshing::Refreshing(Timed first, Load load, Clock clock)
    : load_(std::move(load)),
      clock_(std::move(clock)),
      snapshot_(std::make_shared<const Timed>(std::move(first))) {
  if (!snapshot_->ends_at) return;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Current Refreshing::current() const {
  return [this] {
    const std::lock_guard lock(mutex_);
    return snapshot_;
  };
}

seconds Refreshing::pause(bool failed) const {
  const seconds left = *snapshot_->ends_at - clock_();
  if (failed) return std::clamp(left / 4, seconds{1}, longest_retry);
  return std::max(left - std::min(ahead, left / 2), seconds{1});
}

void Refreshing::replace(Timed timed) {
  log::info("new credentials for the store from {}, good until {}", timed.source,
            timed.ends_at ? to_rfc3339(*timed.ends_at) : "they are changed");
  auto next = std::make_shared<const Timed>(std::move(timed));
  const std::lock_guard lock(mutex_);
  snapshot_ = std::move(next);
}

void Refreshing::run(const std::stop_token& stop) {
  bool failed = false;
  std::mutex unused;
  std::unique_lock lock(unused);
  while (snapshot_->ends_at) {
    // Only this thread ever writes snapshot_, and so may read it without the lock.
    if (wake_.wait_for(lock, stop, pause(failed), [&stop] { return stop.stop_requested(); })) {
      return;
    }
    auto loaded = load_();
    failed = !loaded;
    if (loaded) {
      replace(*std::move(loaded));
    } else {
      log::warn("cannot get new credentials for the store, which end at {}: {}",
                to_rfc3339(*snapshot_->ends_at), loaded.error());
    }
  }
}

}  // namespace signpost::credentials
