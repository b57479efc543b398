#include "cli/entry_on_signal.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <exception>
#include <system_error>

#include "cli/gateway_client.hpp"
#include "cli/terminal.hpp"

namespace signpost::cli {
namespace {

// How long a gateway has to say which entry it made, once a signal has come.
constexpr std::chrono::seconds patience{3};

// Without what this process ignores: blocked, it would come in spite of that.
sigset_t ending_signals() {
  sigset_t out;
  sigemptyset(&out);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction now{};
    ::sigaction(signal, nullptr, &now);
    if (now.sa_handler != SIG_IGN) sigaddset(&out, signal);
  }
  return out;
}

int checked(int descriptor) {
  if (descriptor < 0)
    throw std::system_error(errno, std::generic_category(), "waiting for signals");
  return descriptor;
}

}  // namespace

EntryOnSignal::EntryOnSignal(GatewayClient& client)
    : client_(client),
      ending_(ending_signals()),
      signals_(checked(::signalfd(-1, &ending_, SFD_CLOEXEC))),
      ended_(checked(::eventfd(0, EFD_CLOEXEC))) {
  ::pthread_sigmask(SIG_BLOCK, &ending_, &before_);
  thread_ = std::jthread([this] { watch(); });
}

EntryOnSignal::~EntryOnSignal() {
  ::eventfd_write(ended_, 1);
  thread_.join();
  ::close(signals_);
  ::close(ended_);
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void EntryOnSignal::made(std::string target) {
  const std::lock_guard lock(mutex_);
  target_ = std::move(target);
}

bool EntryOnSignal::is_made() {
  const std::lock_guard lock(mutex_);
  return !target_.empty();
}

void EntryOnSignal::watch() {
  std::array<pollfd, 2> waited{{{signals_, POLLIN, 0}, {ended_, POLLIN, 0}}};
  while (::poll(waited.data(), waited.size(), -1) < 0 && errno == EINTR) {
  }
  if (waited[0].revents == 0) return;
  signalfd_siginfo signal{};
  if (::read(signals_, &signal, sizeof signal) != sizeof signal) return;
  // The next one is taken by this thread, and ends the program.
  ::pthread_sigmask(SIG_UNBLOCK, &ending_, nullptr);
  wait_until_made();
  take_back();
  ::raise(static_cast<int>(signal.ssi_signo));
}

void EntryOnSignal::wait_until_made() {
  pollfd waited{ended_, POLLIN, 0};
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!is_made() && std::chrono::steady_clock::now() < until)
    if (::poll(&waited, 1, 10) > 0) return;
}

void EntryOnSignal::take_back() {
  std::string gone;
  {
    const std::lock_guard lock(mutex_);
    gone.swap(target_);
  }
  if (gone.empty()) return;
  try {
    client_.call("DELETE", gone);
  } catch (const std::exception& error) {
    note(fmt::format("the entry {} is left behind: {}", gone, error.what()));
  }
}

}  // namespace signpost::cli
