#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "app/child_process.hpp"
#include "app/options.hpp"

namespace signpost::app {

// Keeps processes running until SIGTERM, SIGINT or SIGHUP. The listening sockets stay open here, so
// that connections made while one is started again wait in the kernel and are served by its
// successor.
class Supervisor {
 public:
  // In the order in which they start. They stop in the opposite order, each once the one after it
  // has gone: the gateway finishes what it has in flight at the store first. The listeners are
  // owned.
  Supervisor(std::vector<std::unique_ptr<ChildProcess>> children, std::vector<int> listeners);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Returns after a signal, when all have ended: done. `when_ready` is called once, when all serve.
  // Failed, where one ends before it ever served: what it lacks it has said itself.
  Exit run(const std::function<void()>& when_ready);

 private:
  using Clock = std::chrono::steady_clock;
  struct Kept;

  void take_signal();
  void reap();
  void handle_end(Kept& kept, int wait_status);
  void start_what_is_due();
  void start(Kept& kept);
  void handle_ready();
  void begin_stop();
  void go_on_stopping();
  bool all_gone() const;
  int poll_timeout() const;

  std::vector<Kept> kept_;
  std::vector<int> listeners_;
  storage::Fd signals_;
  std::function<void()> when_ready_;
  bool was_ready_ = false;
  bool failed_ = false;
  std::optional<Clock::time_point> stopping_since_;
};

}  // namespace signpost::app
