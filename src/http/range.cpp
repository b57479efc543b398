#include "http/range.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/ascii.hpp"

namespace signpost::http {
namespace {

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

// 1*DIGIT, where what is beyond 64 bits counts as the largest number.
std::optional<std::uint64_t> parse_position(std::string_view digits) {
  if (digits.empty() || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
  std::uint64_t value = 0;
  for (char c : digits) {
    auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (largest - digit) / 10) return largest;
    value = value * 10 + digit;
  }
  return value;
}

}  // namespace

std::optional<RangeRequest> RangeRequest::parse(std::string_view field_value) {
  auto equals = field_value.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  if (!equal_ignoring_case(field_value.substr(0, equals), "bytes")) return std::nullopt;
  std::string_view spec = trim(field_value.substr(equals + 1));
  auto dash = spec.find('-');
  if (dash == std::string_view::npos) return std::nullopt;

  RangeRequest out;
  std::string_view first = spec.substr(0, dash);
  std::string_view last = spec.substr(dash + 1);
  if (!first.empty()) {
    out.first_ = parse_position(first);
    if (!out.first_) return std::nullopt;
  }
  if (!last.empty()) {
    out.last_ = parse_position(last);
    if (!out.last_) return std::nullopt;  // also where a comma announces a second range
  }
  if (!out.first_ && !out.last_) return std::nullopt;
  if (out.first_ && out.last_ && *out.first_ > *out.last_) return std::nullopt;
  return out;
}

std::expected<ByteRange, RangeError> RangeRequest::resolve(std::uint64_t size) const {
  if (size == 0) return std::unexpected(RangeError::unsatisfiable);
  if (!first_) {
    std::uint64_t count = std::min(*last_, size);
    if (count == 0) return std::unexpected(RangeError::unsatisfiable);
    return ByteRange{size - count, size - 1};
  }
  if (*first_ >= size) return std::unexpected(RangeError::unsatisfiable);
  return ByteRange{*first_, std::min(last_.value_or(largest), size - 1)};
}

std::string content_range(ByteRange range, std::uint64_t size) {
  return fmt::format("bytes {}-{}/{}", range.first, range.last, size);
}

std::string content_range_unsatisfied(std::uint64_t size) {
  return fmt::format("bytes */{}", size);
}

}  // namespace signpost::http
