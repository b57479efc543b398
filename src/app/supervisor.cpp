#include "app/supervisor.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ranges>
#include <system_error>

#include "app/process.hpp"
#include "base/limits.hpp"
#include "log/log.hpp"

namespace signpost::app {
namespace {

// The processes cut their own exchanges at the end of the drain; one that has not gone a little
// after that never will.
constexpr std::chrono::seconds kill_after = limits::drain_deadline + std::chrono::seconds{5};
// A process waits for those after it in the list no longer than this, or its own drain would come
// too late.
constexpr std::chrono::seconds wait_for_later{20};

std::chrono::milliseconds until(std::chrono::steady_clock::time_point when) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(when - std::chrono::steady_clock::now());
  return std::max(left, std::chrono::milliseconds{0});
}

}  // namespace

struct Supervisor::Kept {
  std::unique_ptr<ChildProcess> process;
  std::optional<Clock::time_point> start_at;
  bool has_served = false;
  bool was_told_to_stop = false;
  bool was_killed = false;
};

Supervisor::Supervisor(std::vector<std::unique_ptr<ChildProcess>> children,
                       std::vector<int> listeners)
    : listeners_(std::move(listeners)) {
  for (auto& child : children) kept_.push_back({.process = std::move(child)});
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : stop_signals()) ::sigaddset(&set, signal);
  ::sigaddset(&set, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_ = storage::Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_.is_open()) throw std::system_error(errno, std::generic_category(), "signalfd");
}

Supervisor::~Supervisor() {
  for (const int fd : listeners_) ::close(fd);
}

Exit Supervisor::run(const std::function<void()>& when_ready) {
  when_ready_ = when_ready;
  for (Kept& kept : kept_) kept.start_at = Clock::now();
  while (true) {
    if (stopping_since_) {
      go_on_stopping();
      if (all_gone()) return failed_ ? Exit::failed : Exit::done;
    } else {
      start_what_is_due();
    }
    std::vector<pollfd> watched = {{signals_.get(), POLLIN, 0}};
    for (const Kept& kept : kept_) {
      if (kept.process->ready_descriptor() >= 0) {
        watched.push_back({kept.process->ready_descriptor(), POLLIN, 0});
      }
    }
    if (::poll(watched.data(), watched.size(), poll_timeout()) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    handle_ready();
    take_signal();
    reap();
  }
}

// One process is started when all before it serve, at the first start; later each by itself.
void Supervisor::start_what_is_due() {
  for (Kept& kept : kept_) {
    if (kept.start_at && *kept.start_at <= Clock::now()) start(kept);
    if (!kept.has_served) return;
  }
}

// What has served is wanted again, however long the system has no room for it.
void Supervisor::start(Kept& kept) {
  kept.start_at.reset();
  try {
    kept.process->start();
  } catch (const std::system_error& error) {
    if (!kept.has_served) throw;
    kept.process->ended();
    const auto pause = kept.process->pause_before_restart();
    log::error("the {} cannot be started: {}; again in {} ms", kept.process->name(), error.what(),
               pause.count());
    kept.start_at = Clock::now() + pause;
  }
}

void Supervisor::handle_ready() {
  for (Kept& kept : kept_) {
    const int fd = kept.process->ready_descriptor();
    if (fd < 0) continue;
    pollfd one{fd, POLLIN, 0};
    if (::poll(&one, 1, 0) <= 0 || !kept.process->read_ready()) continue;
    if (kept.has_served) log::info("the {} serves again", kept.process->name());
    kept.has_served = true;
  }
  if (was_ready_ || stopping_since_) return;
  if (std::ranges::all_of(kept_, &Kept::has_served)) {
    was_ready_ = true;
    when_ready_();
  }
}

void Supervisor::take_signal() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo != SIGCHLD) begin_stop();
  }
}

void Supervisor::reap() {
  int status = 0;
  for (pid_t id = 0; (id = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    for (Kept& kept : kept_) {
      if (kept.process->id() == id) handle_end(kept, status);
    }
  }
}

void Supervisor::handle_end(Kept& kept, int wait_status) {
  // It may have said that it serves just before.
  if (kept.process->ready_descriptor() >= 0 && kept.process->read_ready()) kept.has_served = true;
  kept.process->ended();
  const std::string end = describe_end(wait_status);
  if (stopping_since_) {
    const bool clean = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
    if (!clean) log::warn("the {} {} while stopping", kept.process->name(), end);
    return;
  }
  if (!kept.has_served) {
    log::error("the {} {} before it served; see above", kept.process->name(), end);
    failed_ = true;
    begin_stop();
    return;
  }
  const auto pause = kept.process->pause_before_restart();
  log::error("the {} {}; starting it again in {} ms", kept.process->name(), end, pause.count());
  kept.start_at = Clock::now() + pause;
}

void Supervisor::begin_stop() {
  if (stopping_since_) return;
  stopping_since_ = Clock::now();
  log::info("stopping");
  // Or the kernel would go on taking connections that nobody will ever serve.
  for (const int fd : listeners_) ::close(fd);
  listeners_.clear();
}

void Supervisor::go_on_stopping() {
  const auto elapsed = Clock::now() - *stopping_since_;
  bool later_gone = true;
  for (Kept& kept : std::views::reverse(kept_)) {
    if (!kept.process->is_running()) continue;
    if (!kept.was_told_to_stop && (later_gone || elapsed >= wait_for_later)) {
      kept.was_told_to_stop = true;
      kept.process->send(SIGTERM);
    }
    if (!kept.was_killed && elapsed >= kill_after) {
      kept.was_killed = true;
      kept.process->send(SIGKILL);
    }
    later_gone = false;
  }
}

bool Supervisor::all_gone() const {
  return std::ranges::none_of(kept_, [](const Kept& kept) { return kept.process->is_running(); });
}

int Supervisor::poll_timeout() const {
  std::optional<Clock::time_point> next;
  const auto consider = [&](Clock::time_point when) { next = next ? std::min(*next, when) : when; };
  for (const Kept& kept : kept_) {
    if (stopping_since_ && kept.process->is_running()) {
      if (!kept.was_told_to_stop) consider(*stopping_since_ + wait_for_later);
      if (!kept.was_killed) consider(*stopping_since_ + kill_after);
    }
    if (stopping_since_) continue;
    if (kept.start_at) consider(*kept.start_at);
    if (!kept.has_served) break;  // what comes after it waits for it
  }
  return next ? static_cast<int>(until(*next).count()) : -1;
}

}  // namespace signpost::app
