#include "app/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

namespace signpost::app {
namespace {

constexpr std::chrono::seconds young{2};
constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{5000};
constexpr int exec_failed = 127;

}  // namespace

std::string describe_end(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const int signal = WTERMSIG(wait_status);
    return fmt::format("was killed by signal {} ({})", signal, ::strsignal(signal));
  }
  return fmt::format("ended with status {}", WEXITSTATUS(wait_status));
}

ChildProcess::ChildProcess(std::string name, std::vector<std::string> arguments,
                           std::vector<int> inherited)
    : name_(std::move(name)), arguments_(std::move(arguments)), inherited_(std::move(inherited)) {}

void ChildProcess::start() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  ready_ = storage::Fd(ends[0]);
  const storage::Fd ready_end(ends[1]);
  is_ready_ = false;
  started_ = std::chrono::steady_clock::now();
  const pid_t supervisor = ::getpid();
  const pid_t id = ::fork();
  if (id < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (id == 0) become(ready_end.get(), supervisor);
  id_ = id;
}

// In the new process. The supervisor has one thread, so that everything may be called here.
void ChildProcess::become(int ready_end, pid_t supervisor) const {
  // It ends with the supervisor, however that ends: what it has acknowledged is durable.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != supervisor) ::_exit(exec_failed);
  for (const int fd : inherited_) ::fcntl(fd, F_SETFD, 0);
  ::fcntl(ready_end, F_SETFD, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);

  std::vector<std::string> words = {"signpost"};
  words.insert(words.end(), arguments_.begin(), arguments_.end());
  words.push_back("--ready-fd=" + std::to_string(ready_end));
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  // Not by name: an upgrade may have put another program there.
  ::execv("/proc/self/exe", argv.data());
  ::_exit(exec_failed);
}

void ChildProcess::send(int signal) const {
  if (id_ != 0) ::kill(id_, signal);
}

void ChildProcess::ended() {
  id_ = 0;
  ready_ = storage::Fd();
  const bool died_young = !is_ready_ || std::chrono::steady_clock::now() - started_ < young;
  is_ready_ = false;
  if (!died_young) {
    pause_ = std::chrono::milliseconds{0};
  } else {
    pause_ = pause_.count() == 0 ? first_pause : std::min(pause_ * 2, longest_pause);
  }
}

bool ChildProcess::read_ready() {
  char byte = 0;
  const ssize_t count = ::read(ready_.get(), &byte, 1);
  if (count < 0 && errno == EINTR) return false;
  is_ready_ = count == 1;
  ready_ = storage::Fd();
  return is_ready_;
}

}  // namespace signpost::app
