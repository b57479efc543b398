#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace signpost::http {

// The bytes first to last, both included, of a representation of a known length.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t length() const { return last - first + 1; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

enum class RangeError { unsatisfiable };  // 416

// One range of the unit "bytes" as a client asked for it (RFC 9110 section 14.1.2).
class RangeRequest {
 public:
  // Nothing for what a server is to ignore: another unit, several ranges, first above last,
  // anything that is not well formed. Numbers beyond 64 bits count as the largest.
  static std::optional<RangeRequest> parse(std::string_view field_value);

  // The part of a representation of `size` bytes; the end is clipped to it. Unsatisfiable where
  // it begins behind the end, asks for the last 0 bytes, or the representation is empty.
  std::expected<ByteRange, RangeError> resolve(std::uint64_t size) const;

 private:
  std::optional<std::uint64_t> first_;  // none: the last `last_` bytes
  std::optional<std::uint64_t> last_;   // none: to the end
};

// "bytes 0-9/100" (RFC 9110 section 14.4).
std::string content_range(ByteRange range, std::uint64_t size);
// "bytes */100", which goes with 416.
std::string content_range_unsatisfied(std::uint64_t size);

}  // namespace signpost::http
