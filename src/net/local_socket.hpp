#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace signpost::net {

// Talks between programs of one user on one machine: over a Unix socket in a directory, mode 0600,
// one line of at most limits::local_line_bytes asks and one line answers. Neither line holds a
// line feed. The directory's path may be longer than a socket's name may be.
class LocalServer {
 public:
  using Answer = std::function<std::string(std::string_view line)>;

  // Listens under `name`, in place of what a process that died left there: hold the directory's
  // lock. Calls answer() on one thread of its own, one question at a time; what it throws cuts that
  // connection. Throws std::system_error.
  LocalServer(const std::string& directory, const std::string& name, Answer answer);
  // Waits for the question under way, and takes the name away.
  ~LocalServer();
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;

 private:
  void serve() const;
  void talk(int connection) const;

  std::string path_;
  Answer answer_;
  int directory_ = -1;
  int listener_ = -1;
  int stop_ = -1;  // readable once this ends
  std::thread thread_;
};

// The answer to `line`; nothing where nobody listens there. Blocks; throws std::system_error where
// the other side takes longer than limits::local_deadline or breaks off.
std::optional<std::string> ask_local(const std::string& directory, const std::string& name,
                                     std::string_view line);

}  // namespace signpost::net
