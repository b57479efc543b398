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

  Pointer find(const DataId& id) const {
    std::scoped_lock lock(mutex_);
    auto at = files_.find(id);
    return at == files_.end() ? nullptr : at->second;
  }

  // Keeps it where is_named() then still says that the index names it: whoever removes it lets the
  // index forget it first, and then calls forget().
  template <class F>
  void keep(const DataId& id, Pointer file, F is_named) {
    Pointer oldest;  // closed without the lock
    std::scoped_lock lock(mutex_);
    if (!is_named() || !files_.emplace(id, std::move(file)).second) return;
    order_.push_back(id);
    while (files_.size() > most || order_.size() > 2 * most) {
      auto at = files_.find(order_.front());
      order_.pop_front();
      if (at == files_.end()) continue;
      oldest = std::move(at->second);
      files_.erase(at);
    }
  }

  void forget(const DataId& id) {
    Pointer file;
    std::scoped_lock lock(mutex_);
    auto at = files_.find(id);
    if (at == files_.end()) return;
    file = std::move(at->second);
    files_.erase(at);
  }

 private:
  static constexpr std::size_t most = 256;  // descriptors

  mutable std::mutex mutex_;
  std::unordered_map<DataId, Pointer> files_;
  std::deque<DataId> order_;  // oldest first; may name files that were forgotten
};

}  // namespace signpost::storage
