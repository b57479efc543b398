#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace signpost {

// A wall-clock instant. Signatures, tokens and stored times have whole seconds.
using UnixSeconds = std::chrono::sys_seconds;

// "2026-11-24T04:05:06Z" (RFC 3339, UTC).
std::string to_rfc3339(UnixSeconds time);
// The same with milliseconds, as S3's listings have it: "2026-11-24T04:05:06.000Z".
std::string to_rfc3339_milliseconds(std::chrono::sys_time<std::chrono::milliseconds> time);
// Takes 'Z' or a numeric offset, and drops a fraction.
std::optional<UnixSeconds> parse_rfc3339(std::string_view text);

// Broken-down UTC, for the formats of other modules. Years 0 to 9999.
struct CivilTime {
  int year;     // 0 to 9999
  int month;    // 1 to 12
  int day;      // 1 to 31
  int hour;     // 0 to 23
  int minute;   // 0 to 59
  int second;   // 0 to 59
  int weekday;  // 0 is Sunday
};
// That instant in UTC.
CivilTime to_civil(UnixSeconds time);
// Nothing where a field is out of range or the day does not exist in that month.
std::optional<UnixSeconds> from_civil(int year, int month, int day, int hour, int minute,
                                      int second);

// "90s", "3m", "12h", "7d" or plain seconds. Nothing otherwise, or beyond 100 years.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);
// "512", "64KiB", "5MiB", "1GiB", "5TiB" in bytes. Nothing otherwise.
std::optional<std::uint64_t> parse_size(std::string_view text);

}  // namespace signpost
