#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <chrono>
#include <functional>

#include "net/task.hpp"

namespace signpost::net {

class DeadlineService;

// A time by which something on this worker must have happened. Setting one is an assignment: one
// timer a worker looks at all of them four times a second, so a deadline costs no timer of its own.
// Belongs to the thread of its io_context.
class Deadline {
 public:
  // `on_expiry` runs once for each time that the deadline passes; it must not throw.
  Deadline(asio::io_context& context, std::function<void()> on_expiry);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void expires_after(std::chrono::steady_clock::duration life);
  void clear() { at_ = never; }
  // When it passes; the far future where none is set.
  std::chrono::steady_clock::time_point at() const { return at_; }
  // Whether the last deadline set has passed.
  bool expired() const { return expired_; }

 private:
  friend class DeadlineService;
  static constexpr auto never = std::chrono::steady_clock::time_point::max();
  DeadlineService& service_;
  std::function<void()> on_expiry_;
  std::chrono::steady_clock::time_point at_ = never;
  bool expired_ = false;
  boost::intrusive::list_member_hook<> hook_;
};

}  // namespace signpost::net
