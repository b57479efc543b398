#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/try.hpp"
#include "credentials/fetch.hpp"
#include "credentials/words.hpp"

namespace signpost::credentials {
namespace {

constexpr std::size_t most_bytes = 64 * 1024;
constexpr std::chrono::seconds deadline{60};

// The program, its standard output in `out`. 0 or an errno.
int start(const std::vector<std::string>& words, int out, pid_t& id) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  // The gateway blocks SIGTERM and ignores SIGPIPE; what it starts must not inherit that.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t usual;
  sigemptyset(&none);
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  sigaddset(&usual, SIGINT);
  sigaddset(&usual, SIGTERM);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const int error =
      ::posix_spawnp(&id, arguments[0], &actions, &attributes, arguments.data(), ::environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

// Everything that comes until the end; nothing past the deadline, or where it is too much.
std::optional<std::string> read_all(int fd) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  std::string out;
  std::array<char, 4096> buffer;
  while (out.size() <= most_bytes) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return std::nullopt;
    pollfd watched{fd, POLLIN, 0};
    if (::poll(&watched, 1, static_cast<int>(left.count())) <= 0) continue;
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count == 0) return out;
    if (count > 0) out.append(buffer.data(), static_cast<std::size_t>(count));
    if (count < 0 && errno != EINTR) return std::nullopt;
  }
  return std::nullopt;
}

int wait_for(pid_t id) {
  int status = 0;
  while (::waitpid(id, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

std::expected<Timed, std::string> fetch(const Process& process) {
  const std::string source = fmt::format("credential_process of profile '{}'", process.profile);
  const auto words = split_words(process.command);
  if (!words || words->empty()) {
    return std::unexpected(source + ": the command is empty, or a quotation mark is not closed");
  }
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected(source + ": no pipe");
  pid_t id = 0;
  const int error = start(*words, ends[1], id);
  ::close(ends[1]);
  if (error != 0) {
    ::close(ends[0]);
    return std::unexpected(
        fmt::format("{}: {} cannot be started: {}", source, words->front(), std::strerror(error)));
  }
  const auto text = read_all(ends[0]);
  ::close(ends[0]);
  if (!text) ::kill(id, SIGKILL);
  const int status = wait_for(id);
  if (!text) {
    return std::unexpected(fmt::format("{}: {} took more than {} s, or wrote too much", source,
                                       words->front(), deadline.count()));
  }
  if (status != 0) {
    return std::unexpected(
        fmt::format("{}: {} failed; run it by hand to see why", source, words->front()));
  }
  return parse_document(*text, source);
}

}  // namespace signpost::credentials
