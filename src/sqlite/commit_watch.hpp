#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "sqlite/database.hpp"

namespace signpost::sqlite {

// The state of a database file after one commit: another commit, by whatever connection of
// whatever process, has another mark.
struct CommitMark {
  std::array<std::uint64_t, 6> words{};
  friend bool operator==(const CommitMark&, const CommitMark&) = default;
  // Whether exactly one commit made the state of `before` this one.
  bool is_next_after(const CommitMark& before) const;
};

// Tells which commit is a file's last one, without a lock or a system call, from any thread. It
// reads what SQLite itself compares to know whether pages that it has read are still good: the
// header of the write-ahead log's index, in memory that all processes with the file open share
// (https://sqlite.org/walformat.html, section 2.1).
class CommitWatch {
 public:
  // The file must have a write-ahead log. Throws Error.
  explicit CommitWatch(const std::string& file);

  // Nothing while a commit is being made known, or where this SQLite keeps another form of header.
  // What was committed before the call, as far as anybody has been told so, is in the mark.
  std::optional<CommitMark> now() const;

 private:
  Database database_;  // keeps the memory mapped
  std::uint64_t* header_ = nullptr;
};

}  // namespace signpost::sqlite
