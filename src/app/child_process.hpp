#pragma once

#include <sys/types.h>

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "storage/file_io.hpp"

namespace signpost::app {

// A process of this same program, as the supervisor sees it.
class ChildProcess {
 public:
  // `name` is for messages; `arguments` follow the program's name; the descriptors in `inherited`
  // keep their numbers in it. "--ready-fd N" is added.
  ChildProcess(std::string name, std::vector<std::string> arguments, std::vector<int> inherited);

  // Throws std::system_error where no process can be made.
  void start();
  void send(int signal) const;
  // Takes note of its end: call it when waitpid() gave its id.
  void ended();

  const std::string& name() const { return name_; }
  pid_t id() const { return id_; }  // 0: not running
  bool is_running() const { return id_ != 0; }
  // Readable when it says that it serves, or is gone. -1 once that is known.
  int ready_descriptor() const { return ready_.get(); }
  // Reads that; true where it serves.
  bool read_ready();
  bool is_ready() const { return is_ready_; }

  // How long to wait before it is started again: not at all after it has served for a while, and
  // longer each time it dies young.
  std::chrono::milliseconds pause_before_restart() const { return pause_; }

 private:
  [[noreturn]] void become(int ready_end, pid_t supervisor) const;

  std::string name_;
  std::vector<std::string> arguments_;
  std::vector<int> inherited_;
  pid_t id_ = 0;
  storage::Fd ready_;
  bool is_ready_ = false;
  std::chrono::steady_clock::time_point started_;
  std::chrono::milliseconds pause_{0};
};

// "was killed by signal 9 (Killed)", "ended with status 1".
std::string describe_end(int wait_status);

}  // namespace signpost::app
