#include "sqlite/commit_watch.hpp"

#include <sqlite3.h>

#include <atomic>
#include <bit>

namespace signpost::sqlite {
namespace {

constexpr int wal_index_bytes = 32 * 1024;  // of its first part, which begins with the header
constexpr std::size_t copy_words = 6;       // the header stands there twice
constexpr std::uint32_t known_version = 3007000;

std::uint64_t load(std::uint64_t& word) {
  return std::atomic_ref(word).load(std::memory_order_acquire);
}

// "iChange", which every commit raises by one.
std::uint32_t change_counter(const CommitMark& mark) {
  return static_cast<std::uint32_t>(mark.words[1]);
}

}  // namespace

bool CommitMark::is_next_after(const CommitMark& before) const {
  return change_counter(*this) == change_counter(before) + 1;
}

CommitWatch::CommitWatch(const std::string& file) : database_(file, Access::read_only) {
  static_assert(std::endian::native == std::endian::little);
  auto first_read = database_.prepare("PRAGMA schema_version");  // opens the log and its index
  first_read.step();
  sqlite3_file* main = nullptr;
  if (sqlite3_file_control(database_.handle_, "main", SQLITE_FCNTL_FILE_POINTER, &main) !=
          SQLITE_OK ||
      main->pMethods == nullptr || main->pMethods->iVersion < 2)
    return;
  void volatile* mapped = nullptr;
  const int result = main->pMethods->xShmMap(main, 0, wal_index_bytes, 0, &mapped);
  if (result == SQLITE_OK || result == SQLITE_READONLY)
    header_ = static_cast<std::uint64_t*>(const_cast<void*>(mapped));
}

std::optional<CommitMark> CommitWatch::now() const {
  if (header_ == nullptr) return std::nullopt;
  CommitMark mark;
  for (std::size_t i = 0; i < copy_words; ++i) mark.words[i] = load(header_[i]);
  // A writer changes the second copy before the first, so that two equal ones are a whole one.
  for (std::size_t i = 0; i < copy_words; ++i)
    if (load(header_[copy_words + i]) != mark.words[i]) return std::nullopt;
  if (static_cast<std::uint32_t>(mark.words[0]) != known_version) return std::nullopt;
  return mark;
}

}  // namespace signpost::sqlite
