#include "net/local_socket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "base/limits.hpp"
#include "log/log.hpp"

namespace signpost::net {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// A path through the open directory, which is short whatever the directory's own is.
sockaddr_un address_below(int directory, const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = "/proc/self/fd/" + std::to_string(directory) + "/" + name;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    fail(name);
  }
  std::ranges::copy(path, static_cast<char*>(address.sun_path));
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

int open_directory(const std::string& path) {
  return ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

void set_deadline(int connection) {
  const timeval wait{.tv_sec = limits::local_deadline.count(), .tv_usec = 0};
  ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  ::setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
}

// Up to the line feed, without it; nothing where it does not come.
std::optional<std::string> read_line(int connection) {
  std::string line;
  std::array<char, 4096> piece;
  while (line.size() <= limits::local_line_bytes) {
    const ssize_t count = ::recv(connection, piece.data(), piece.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    line.append(piece.data(), static_cast<std::size_t>(count));
    if (!line.ends_with('\n')) continue;
    line.pop_back();
    return line;
  }
  return std::nullopt;
}

bool write_line(int connection, std::string_view text) {
  std::string line = std::string(text) + '\n';
  std::string_view left = line;
  while (!left.empty()) {
    const ssize_t count = ::send(connection, left.data(), left.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

class Closing {
 public:
  explicit Closing(int fd) : fd_(fd) {}
  ~Closing() { ::close(fd_); }
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;

 private:
  int fd_;
};

}  // namespace

LocalServer::LocalServer(const std::string& directory, const std::string& name, Answer answer)
    : path_(directory + "/" + name), answer_(std::move(answer)) {
  directory_ = open_directory(directory);
  if (directory_ < 0) fail("opening " + directory);
  ::unlinkat(directory_, name.c_str(), 0);
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  stop_ = ::eventfd(0, EFD_CLOEXEC);
  const sockaddr_un address = address_below(directory_, name);
  // Nobody can connect before listen(), when the mode is right already.
  if (listener_ < 0 || stop_ < 0 || ::bind(listener_, generic(address), sizeof address) != 0 ||
      ::fchmodat(directory_, name.c_str(), 0600, 0) != 0 || ::listen(listener_, 16) != 0)
    fail("listening on " + path_);
  thread_ = std::thread([this] { serve(); });
}

LocalServer::~LocalServer() {
  ::eventfd_write(stop_, 1);
  thread_.join();
  ::unlink(path_.c_str());
  for (int fd : {listener_, stop_, directory_}) ::close(fd);
}

void LocalServer::serve() const {
  for (;;) {
    std::array<pollfd, 2> wanted{{{stop_, POLLIN, 0}, {listener_, POLLIN, 0}}};
    if (::poll(wanted.data(), wanted.size(), -1) < 0 && errno != EINTR) return;
    if (wanted[0].revents != 0) return;
    if (wanted[1].revents == 0) continue;
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    const Closing closing(connection);
    try {
      talk(connection);
    } catch (const std::exception& error) {
      log::error("{}: {}", path_, error.what());
    }
  }
}

void LocalServer::talk(int connection) const {
  set_deadline(connection);
  if (const auto line = read_line(connection)) write_line(connection, answer_(*line));
}

std::optional<std::string> ask_local(const std::string& directory, const std::string& name,
                                     std::string_view line) {
  const int folder = open_directory(directory);
  if (folder < 0) return std::nullopt;
  const Closing closing_folder(folder);
  const int connection = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const std::string path = directory + "/" + name;
  if (connection < 0) fail("connecting to " + path);
  const Closing closing(connection);
  set_deadline(connection);
  const sockaddr_un address = address_below(folder, name);
  if (::connect(connection, generic(address), sizeof address) != 0) {
    // No such name, or one that a process which died left behind.
    if (errno == ENOENT || errno == ECONNREFUSED) return std::nullopt;
    fail("connecting to " + path);
  }
  if (!write_line(connection, line)) fail("asking " + path);
  auto answer = read_line(connection);
  if (!answer) {
    errno = EPROTO;
    fail("no answer from " + path);
  }
  return answer;
}

}  // namespace signpost::net
