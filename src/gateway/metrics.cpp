#include "gateway/metrics.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "gateway/routes.hpp"

namespace signpost::gateway {
namespace {

using std::chrono::microseconds;

// The upper bounds of the buckets, in microseconds and as Prometheus writes seconds.
struct Bound {
  std::uint64_t at_most;
  std::string_view seconds;
};
constexpr std::array bounds{
    Bound{250, "0.00025"},   Bound{500, "0.0005"},  Bound{1'000, "0.001"},
    Bound{2'500, "0.0025"},  Bound{5'000, "0.005"}, Bound{10'000, "0.01"},
    Bound{25'000, "0.025"},  Bound{50'000, "0.05"}, Bound{100'000, "0.1"},
    Bound{250'000, "0.25"},  Bound{1'000'000, "1"}, Bound{2'500'000, "2.5"},
    Bound{10'000'000, "10"},
};
constexpr std::array<std::string_view, 6> class_names{"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

using Out = std::back_insert_iterator<std::string>;

void describe(Out out, std::string_view name, std::string_view type, std::string_view help) {
  fmt::format_to(out, "# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

std::string labels_of(std::size_t route) {
  if (route == routes().size()) return R"(method="",route="")";
  const Route& one = routes()[route];
  return fmt::format(R"(method="{}",route="{}")", one.method, one.pattern);
}

// The second field of /proc/self/statm: resident pages.
std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t open_descriptors() {
  std::error_code error;
  std::filesystem::directory_iterator each("/proc/self/fd", error);
  return error ? 0 : static_cast<std::uint64_t>(std::distance(each, {}));
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void write_process(Out out) {
  describe(out, "process_cpu_seconds_total", "counter", "CPU time of the gateway.");
  fmt::format_to(out, "process_cpu_seconds_total {:.6f}\n", cpu_seconds());
  describe(out, "process_resident_memory_bytes", "gauge", "Resident memory of the gateway.");
  fmt::format_to(out, "process_resident_memory_bytes {}\n", resident_bytes());
  describe(out, "process_open_fds", "gauge", "Open file descriptors of the gateway.");
  fmt::format_to(out, "process_open_fds {}\n", open_descriptors());
}

}  // namespace

WorkerMetrics::WorkerMetrics() : routes_(routes().size() + 1) {
  static_assert(bounds.size() + 1 == buckets && class_names.size() == classes);
}

void WorkerMetrics::count(std::size_t route, unsigned status, std::uint64_t body_bytes,
                          microseconds duration) {
  PerRoute& one = routes_.at(route);
  auto taken = static_cast<std::uint64_t>(std::max<microseconds::rep>(duration.count(), 0));
  auto bound = std::ranges::lower_bound(bounds, taken, {}, &Bound::at_most);
  add(one.answers.at(std::min<std::size_t>(status / 100, classes - 1)), 1);
  add(one.durations.at(static_cast<std::size_t>(bound - bounds.begin())), 1);
  add(one.microseconds, taken);
  add(one.body_bytes, body_bytes);
}

std::shared_ptr<WorkerMetrics> Metrics::add_worker() {
  auto made = std::make_shared<WorkerMetrics>();
  std::lock_guard lock(mutex_);
  workers_.push_back(made);
  return made;
}

std::string Metrics::to_prometheus(std::uint64_t dropped_log_lines) {
  std::vector<std::shared_ptr<WorkerMetrics>> workers;
  {
    std::lock_guard lock(mutex_);
    workers = workers_;
  }
  auto sum = [&](auto&& counter_of) {
    std::uint64_t total = 0;
    for (const auto& worker : workers) total += counter_of(*worker).load(std::memory_order_relaxed);
    return total;
  };
  std::string text;
  Out out(text);
  const std::size_t count = routes().size() + 1;

  describe(out, "signpost_http_requests_total", "counter",
           "Requests by route and class of status; none: the client went away unanswered.");
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t c = 0; c < WorkerMetrics::classes; ++c)
      if (auto n = sum([&](auto& w) -> auto& { return w.routes_[i].answers[c]; }))
        fmt::format_to(out, "signpost_http_requests_total{{{},status=\"{}\"}} {}\n", labels_of(i),
                       class_names[c], n);

  describe(out, "signpost_http_response_body_bytes_total", "counter", "Bytes of answers' bodies.");
  for (std::size_t i = 0; i < count; ++i)
    if (auto n = sum([&](auto& w) -> auto& { return w.routes_[i].body_bytes; }))
      fmt::format_to(out, "signpost_http_response_body_bytes_total{{{}}} {}\n", labels_of(i), n);

  describe(out, "signpost_http_request_duration_seconds", "histogram",
           "From a request's head to the end of its answer.");
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t below = 0;
    std::string buckets;
    for (std::size_t b = 0; b < WorkerMetrics::buckets; ++b) {
      below += sum([&](auto& w) -> auto& { return w.routes_[i].durations[b]; });
      fmt::format_to(Out(buckets),
                     "signpost_http_request_duration_seconds_bucket{{{},le=\"{}\"}} {}\n",
                     labels_of(i), b < bounds.size() ? bounds[b].seconds : "+Inf", below);
    }
    if (below == 0) continue;
    auto total = sum([&](auto& w) -> auto& { return w.routes_[i].microseconds; });
    fmt::format_to(out,
                   "{0}signpost_http_request_duration_seconds_sum{{{1}}} {2:.6f}\n"
                   "signpost_http_request_duration_seconds_count{{{1}}} {3}\n",
                   buckets, labels_of(i), static_cast<double>(total) / 1e6, below);
  }

  describe(out, "signpost_http_requests_in_flight", "gauge", "Requests being answered.");
  fmt::format_to(out, "signpost_http_requests_in_flight {}\n",
                 sum([](auto& w) -> auto& { return w.in_flight_; }));
  describe(out, "signpost_access_log_dropped_lines_total", "counter",
           "Lines of the access log that its disk was too slow for.");
  fmt::format_to(out, "signpost_access_log_dropped_lines_total {}\n", dropped_log_lines);
  write_process(out);
  return text;
}

}  // namespace signpost::gateway
