#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/config.hpp"
#include "storage/file_io.hpp"

namespace signpost::app {

// What every process of ours does first: as many descriptors as the hard limit allows, no death by
// a closed pipe or a file that is too long, nothing written that others can read (umask 077), no
// memory in core files.
void prepare_process(const std::string& name);

// So that no file of ours takes the number of a standard descriptor that was closed, and then all
// that is told on it. What is written on a closed standard output fails, as before.
void fill_standard_descriptors();

// How many workers: `configured`, or one for each core that this process may use.
unsigned worker_count(std::int64_t configured);

// Text in a memory file that keeps its number across exec; the reverse takes it apart again.
storage::Fd memory_file(const std::string& text);
std::string read_whole(int fd);
// A file of ours to read: nothing where it is no regular one, which could wait for ever, or longer.
std::optional<std::string> read_small_file(const std::filesystem::path& path, std::size_t most);

// SIGTERM, SIGINT and the closed terminal's SIGHUP, which nohup has us ignore: a blocked signal
// would come in spite of that.
std::vector<int> stop_signals();
// They wait from now on, until somebody takes them.
void hold_stop_signals();

// Calls `stop` once one of the signals comes, on a thread of its own. Made before any other thread,
// so that all inherit the blocked signals; its end does not wait for a signal.
class StopSignal {
 public:
  // Of stop_signals(), what is not listed in `signals` is ignored.
  explicit StopSignal(std::vector<int> signals);
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  void on_signal(std::function<void()> stop);

 private:
  storage::Fd signals_;
  storage::Fd ended_;
  std::jthread thread_;
};

// SIGNPOST__... of this process.
std::vector<std::pair<std::string, std::string>> configuration_environment();

}  // namespace signpost::app
