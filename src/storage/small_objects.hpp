#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace signpost::storage {

// The bytes of an object that is small enough to lie in the index itself, with their CRC32C. A row
// of them is written once and never changed (docs/adr/0031).
struct SmallBytes {
  std::string bytes;
  std::uint32_t crc32c;

  explicit SmallBytes(std::string bytes);
  SmallBytes(std::string bytes, std::uint32_t crc32c) : bytes(std::move(bytes)), crc32c(crc32c) {}
  // Whether they are what was put.
  bool is_sound() const;
};

// Those that were read or written lately, by the number of their row, which no other row gets as
// long as this process lives: what is here is never stale, only no longer asked for. For any
// thread.
class SmallObjects {
 public:
  using Pointer = std::shared_ptr<const SmallBytes>;

  Pointer find(std::int64_t row) const;
  void keep(std::int64_t row, Pointer small);
  void forget(std::int64_t row);

 private:
  static constexpr std::size_t most_bytes = 32 << 20;
  static std::size_t memory_of(const SmallBytes& small) { return small.bytes.capacity() + 128; }
  void erase(std::int64_t row);

  mutable std::mutex mutex_;
  std::unordered_map<std::int64_t, Pointer> objects_;
  std::deque<std::int64_t> order_;  // oldest first; may name what was forgotten
  std::size_t bytes_ = 0;
};

}  // namespace signpost::storage
