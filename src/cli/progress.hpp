#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace signpost::cli {

// How far a transfer is, in one line of standard error that is written over; nothing where that is
// no terminal.
class Progress {
 public:
  // `quiet`: nothing in any case.
  Progress(std::string name, std::uint64_t size, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add(std::uint64_t bytes);

 private:
  void show();
  std::string name_;
  std::uint64_t size_;
  std::uint64_t done_ = 0;
  bool shown_;
  std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point last_;
};

// "48.2 KiB", "1.0 GiB"; below a KiB "512 B".
std::string size_text(std::uint64_t bytes);

}  // namespace signpost::cli
