#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string_view>

namespace signpost::sigv4 {

// Keeps what was made for the last day asked for: a signing key changes with the day alone. Any
// thread may call at any time. Internal to sigv4.
template <class T>
class PerDay {
 public:
  // What make(day) returned for that day ("20130524"), now or before.
  template <class Make>
  std::shared_ptr<const T> get(std::string_view day, Make make) {
    {
      std::lock_guard lock(mutex_);
      if (value_ && day == std::string_view(day_.data(), day_.size())) return value_;
    }
    auto made = std::make_shared<const T>(make(day));
    std::lock_guard lock(mutex_);
    day.copy(day_.data(), day_.size());
    value_ = made;
    return made;
  }

 private:
  std::mutex mutex_;
  std::array<char, 8> day_{};
  std::shared_ptr<const T> value_;
};

}  // namespace signpost::sigv4
