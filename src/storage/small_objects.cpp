#include "storage/small_objects.hpp"

#include "s3/crc32c.hpp"

namespace signpost::storage {

SmallBytes::SmallBytes(std::string all) : bytes(std::move(all)), crc32c(s3::crc32c(bytes)) {}

bool SmallBytes::is_sound() const {
  return s3::crc32c(bytes) == crc32c;
}

SmallObjects::Pointer SmallObjects::find(std::int64_t row) const {
  std::scoped_lock lock(mutex_);
  auto at = objects_.find(row);
  return at == objects_.end() ? nullptr : at->second;
}

void SmallObjects::keep(std::int64_t row, Pointer small) {
  std::scoped_lock lock(mutex_);
  const std::size_t size = memory_of(*small);
  if (!objects_.emplace(row, std::move(small)).second) return;
  order_.push_back(row);
  bytes_ += size;
  while (bytes_ > most_bytes || order_.size() > 2 * objects_.size() + 64) {
    erase(order_.front());
    order_.pop_front();
  }
}

void SmallObjects::erase(std::int64_t row) {
  auto at = objects_.find(row);
  if (at == objects_.end()) return;
  bytes_ -= memory_of(*at->second);
  objects_.erase(at);
}

void SmallObjects::forget(std::int64_t row) {
  std::scoped_lock lock(mutex_);
  erase(row);
}

}  // namespace signpost::storage
