#pragma once

#include <condition_variable>
#include <expected>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "credentials/timed.hpp"

namespace signpost::credentials {

// Credentials that end, and are got anew well before that: fifteen minutes, or half of their life
// where that is less. Where that fails it is tried again, ever sooner to the end, and the log says
// so; those at hand are used until then.
class Refreshing {
 public:
  using Load = std::function<std::expected<Timed, std::string>()>;
  using Clock = std::function<UnixSeconds()>;

  // `load` is called on a thread of this object. Without an end in `first` there is no thread.
  Refreshing(Timed first, Load load, Clock clock);

  // Any thread; lives as long as this object.
  Current current() const;

 private:
  void run(const std::stop_token& stop);
  // Until the time of the next try.
  std::chrono::seconds pause(bool failed) const;
  void replace(Timed timed);

  Load load_;
  Clock clock_;
  mutable std::mutex mutex_;
  Snapshot snapshot_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it ends before anything that it uses
};

}  // namespace signpost::credentials
