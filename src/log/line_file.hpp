#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

namespace signpost::log {

// A file to which lines are added by a thread of its own, so that whoever writes never waits for a
// disk. Where that thread cannot keep up, the oldest lines waiting are dropped and counted. Safe to
// use from any thread.
class LineFile {
 public:
  // "-" is standard error. Throws std::runtime_error where the file cannot be opened.
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
