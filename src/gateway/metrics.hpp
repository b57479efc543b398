#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace signpost::gateway {

// What one worker counted. Written by its thread alone, read by any: no lock and no contention.
class WorkerMetrics {
 public:
  WorkerMetrics();

  // `route` is an index into routes(); their number stands for what matched none. `status` 0 means
  // that the client went away unanswered.
  void count(std::size_t route, unsigned status, std::uint64_t body_bytes,
             std::chrono::microseconds duration);
  void begin() { add(in_flight_, 1); }
  void end() { add(in_flight_, std::uint64_t(-1)); }

 private:
  friend class Metrics;
  using Counter = std::atomic<std::uint64_t>;
  static constexpr std::size_t classes = 6;   // unanswered, 1xx ... 5xx
  static constexpr std::size_t buckets = 14;  // of duration; the last has no bound
  static void add(Counter& counter, std::uint64_t value) {
    counter.store(counter.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
  }

  struct PerRoute {
    std::array<Counter, classes> answers{};
    std::array<Counter, buckets> durations{};
    Counter microseconds{0};
    Counter body_bytes{0};
  };
  std::vector<PerRoute> routes_;
  Counter in_flight_{0};
};

// Those of all workers.
class Metrics {
 public:
  std::shared_ptr<WorkerMetrics> add_worker();
  // Their sums and the process's own figures, in Prometheus's text format 0.0.4. Its labels are the
  // table's routes, never what a client sent, so that their number is bounded.
  // `dropped_log_lines` comes from the access log.
  std::string to_prometheus(std::uint64_t dropped_log_lines);

 private:
  std::mutex mutex_;  // guards the list, not what it points to
  std::vector<std::shared_ptr<WorkerMetrics>> workers_;
};

}  // namespace signpost::gateway
