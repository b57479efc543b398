#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

namespace signpost::log {

// Opens a file to which lines are added, and makes it and its directory where they are not there.
// A pipe that nobody reads is an error: a usual open waits for a reader, who may never come. The
// descriptor is the caller's to close. Throws std::system_error.
int open_line_file(const std::filesystem::path& path);

// A file to which lines are added by a thread of its own, so that whoever writes never waits for a
// disk. Where that thread cannot keep up, the oldest lines waiting are dropped and counted. Safe to
// use from any thread.
class LineFile {
 public:
  // "-" is standard error. Throws std::system_error where the file cannot be opened.
  explicit LineFile(const std::filesystem::path& path);
  // Writes what waits.
  ~LineFile();

  // `line` has no line feed.
  void write(std::string_view line);
  std::uint64_t dropped() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signpost::log
