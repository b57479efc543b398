#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "storage/data_file.hpp"
#include "storage/layout.hpp"

namespace signpost::storage {

// Data files that were read lately, still open: to look a path up costs as much as to read a small
// file. None of a file that was removed, whose room on the disk would stay taken. For any thread.
class OpenFiles {
 public:
  using Pointer = std::shared_ptr<const DataFile>;
  using Mapped = std::shared_ptr<const MappedFile>;
  struct Kept {
    Pointer file;
    Mapped mapped = {};  // once it was found here, where it is not large
  };

  // A null file where it is not here.
  Kept find(const DataId& id) {
    std::scoped_lock lock(mutex_);
    auto at = files_.find(id);
    if (at == files_.end()) return {};
    if (!at->second.mapped) map(at->second);
    return at->second;
  }

  // Keeps it where is_named() then still says that the index names it: whoever removes it lets the
  // index forget it first, and then calls forget().
  template <class F>
  void keep(const DataId& id, Pointer file, F is_named) {
    Kept oldest;  // closed without the lock
    std::scoped_lock lock(mutex_);
    if (!is_named() || !files_.emplace(id, Kept{std::move(file)}).second) return;
    order_.push_back(id);
    while (files_.size() > most || order_.size() > 2 * most) {
      auto at = files_.find(order_.front());
      order_.pop_front();
      if (at == files_.end()) continue;
      oldest = take(at);
    }
  }

  void forget(const DataId& id) {
    Kept file;  // closed without the lock
    std::scoped_lock lock(mutex_);
    auto at = files_.find(id);
    if (at != files_.end()) file = take(at);
  }

 private:
  static constexpr std::size_t most = 256;  // descriptors
  // What all mapped ones may have together: they count as this process's memory.
  static constexpr std::uint64_t most_mapped_bytes = 64 << 20;
  static constexpr std::uint64_t largest_mapped_bytes = 4 << 20;

  using Files = std::unordered_map<DataId, Kept>;

  void map(Kept& kept) {
    const std::uint64_t size = kept.file->size();
    if (size > largest_mapped_bytes || mapped_bytes_ + size > most_mapped_bytes) return;
    if (!kept.file->is_checked()) return;
    kept.mapped = kept.file->map();
    mapped_bytes_ += size;
  }

  Kept take(Files::iterator at) {
    Kept kept = std::move(at->second);
    files_.erase(at);
    if (kept.mapped) mapped_bytes_ -= kept.file->size();
    return kept;
  }

  std::mutex mutex_;
  Files files_;
  std::deque<DataId> order_;        // oldest first; may name files that were forgotten
  std::uint64_t mapped_bytes_ = 0;  // of those that are kept
};

}  // namespace signpost::storage
