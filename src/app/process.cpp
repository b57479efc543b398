#include "app/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <system_error>

#include "log/log.hpp"

namespace signpost::app {
namespace {

[[noreturn]] void fail(const char* call) {
  throw std::system_error(errno, std::generic_category(), call);
}

}  // namespace

void prepare_process(const std::string& name) {
  log::set_process(name);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file past the limit of its length fails that one write
  ::umask(077);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &files) != 0) {
      log::warn("cannot raise the number of open files: {}",
                std::generic_category().message(errno));
    }
  }
}

void fill_standard_descriptors() {
  for (const auto& [fd, flags] :
       {std::pair(STDIN_FILENO, O_RDONLY), {STDOUT_FILENO, O_RDONLY}, {STDERR_FILENO, O_WRONLY}}) {
    // In this order the lowest number that is free is the one that is missing.
    if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", flags) < 0) fail("open /dev/null");
  }
}

unsigned worker_count(std::int64_t configured) {
  if (configured > 0) return static_cast<unsigned>(configured);
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&allowed)));
}

storage::Fd memory_file(const std::string& text) {
  storage::Fd file(::memfd_create("signpost-configuration", MFD_CLOEXEC));
  if (!file.is_open()) fail("memfd_create");
  storage::FileIo io;
  storage::write_all(io, file.get(), text, "configuration");
  return file;
}

std::string read_whole(int fd) {
  std::string text;
  std::array<char, 16 * 1024> buffer;
  while (true) {
    const ssize_t count =
        ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(text.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read the configuration");
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

std::optional<std::string> read_small_file(const std::filesystem::path& path, std::size_t most) {
  const storage::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat found{};
  if (!file.is_open() || ::fstat(file.get(), &found) != 0) return std::nullopt;
  if (!S_ISREG(found.st_mode) || found.st_size > static_cast<off_t>(most)) return std::nullopt;
  return read_whole(file.get());
}

std::vector<int> stop_signals() {
  std::vector<int> signals{SIGTERM, SIGINT};
  struct sigaction hangup{};
  if (::sigaction(SIGHUP, nullptr, &hangup) != 0) fail("sigaction");
  if (hangup.sa_handler != SIG_IGN) signals.push_back(SIGHUP);
  return signals;
}

void hold_stop_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : stop_signals()) ::sigaddset(&set, signal);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) fail("sigprocmask");
}

StopSignal::StopSignal(std::vector<int> signals) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : stop_signals()) {
    if (std::ranges::find(signals, signal) == signals.end()) {
      ::signal(signal, SIG_IGN);
    } else {
      ::sigaddset(&set, signal);
    }
  }
  if (::pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) fail("pthread_sigmask");
  signals_ = storage::Fd(::signalfd(-1, &set, SFD_CLOEXEC));
  if (!signals_.is_open()) fail("signalfd");
  ended_ = storage::Fd(::eventfd(0, EFD_CLOEXEC));
  if (!ended_.is_open()) fail("eventfd");
}

void StopSignal::on_signal(std::function<void()> stop) {
  thread_ = std::jthread([this, call = std::move(stop)] {
    std::array<pollfd, 2> watched = {{{signals_.get(), POLLIN, 0}, {ended_.get(), POLLIN, 0}}};
    while (::poll(watched.data(), watched.size(), -1) < 0 && errno == EINTR) {
    }
    if ((watched[0].revents & POLLIN) != 0) call();
  });
}

StopSignal::~StopSignal() {
  const std::uint64_t one = 1;
  // Writing 8 bytes to a fresh eventfd cannot fail.
  static_cast<void>(::write(ended_.get(), &one, sizeof one) == sizeof one);
}

std::vector<std::pair<std::string, std::string>> configuration_environment() {
  std::vector<std::pair<std::string, std::string>> out;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (!text.starts_with("SIGNPOST__") || equals == std::string_view::npos) continue;
    out.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

}  // namespace signpost::app
