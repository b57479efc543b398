#include "base/time.hpp"

#include "base/ascii.hpp"

namespace signpost {
namespace {

// The decimal number in text[at, at + width), or -1.
int digits_at(std::string_view text, std::size_t at, std::size_t width) {
  if (at + width > text.size()) return -1;
  int value = 0;
  for (char c : text.substr(at, width)) {
    if (!is_digit(c)) return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

// Seconds east of UTC for "Z", "+hh:mm" or "-hh:mm".
std::optional<int> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  int hours = digits_at(text, 1, 2);
  int minutes = digits_at(text, 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  int seconds = hours * 3600 + minutes * 60;
  return text[0] == '-' ? -seconds : seconds;
}

// The last `width` decimal digits of a value that is not negative. By hand: the signing library
// stands on this file, and needs no formatter else.
std::string digits(long value, int width) {
  std::string out(static_cast<std::size_t>(width), '0');
  for (auto digit = out.rbegin(); digit != out.rend(); ++digit, value /= 10)
    *digit = static_cast<char>('0' + value % 10);
  return out;
}

}  // namespace

CivilTime to_civil(UnixSeconds time) {
  auto day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date{day};
  std::chrono::hh_mm_ss clock{time - day};
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          static_cast<int>(std::chrono::weekday{day}.c_encoding())};
}

std::optional<UnixSeconds> from_civil(int year, int month, int day, int hour, int minute,
                                      int second) {
  if (year < 0 || year > 9999 || month < 1 || day < 1 || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 60)
    return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year{year},
                                   std::chrono::month{static_cast<unsigned>(month)},
                                   std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second};
}

std::string to_rfc3339(UnixSeconds time) {
  CivilTime t = to_civil(time);
  return digits(t.year, 4) + '-' + digits(t.month, 2) + '-' + digits(t.day, 2) + 'T' +
         digits(t.hour, 2) + ':' + digits(t.minute, 2) + ':' + digits(t.second, 2) + 'Z';
}

std::string to_rfc3339_milliseconds(std::chrono::sys_time<std::chrono::milliseconds> time) {
  auto whole = std::chrono::floor<std::chrono::seconds>(time);
  std::string text = to_rfc3339(whole);
  text.pop_back();
  return text + '.' + digits((time - whole).count(), 3) + 'Z';
}

std::optional<UnixSeconds> parse_rfc3339(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' ||
      (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  auto time = from_civil(digits_at(text, 0, 4), digits_at(text, 5, 2), digits_at(text, 8, 2),
                         digits_at(text, 11, 2), digits_at(text, 14, 2), digits_at(text, 17, 2));
  std::string_view rest = text.substr(19);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    std::size_t fraction = 0;
    while (fraction < rest.size() && is_digit(rest[fraction])) ++fraction;
    if (fraction == 0) return std::nullopt;
    rest.remove_prefix(fraction);
  }
  auto offset = parse_offset(rest);
  if (!time || !offset) return std::nullopt;
  return *time - std::chrono::seconds{*offset};
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t unit = 1;
  switch (text.back()) {
    case 's':
      unit = 1;
      break;
    case 'm':
      unit = 60;
      break;
    case 'h':
      unit = 3600;
      break;
    case 'd':
      unit = 86400;
      break;
    default:
      unit = 0;
  }
  if (unit != 0) text.remove_suffix(1);
  auto count = parse_u64(text);
  constexpr std::uint64_t century = 3'155'760'000;
  if (!count || *count > century) return std::nullopt;
  std::uint64_t seconds = *count * std::max<std::uint64_t>(unit, 1);
  if (seconds > century) return std::nullopt;
  return std::chrono::seconds{seconds};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::string_view units[] = {"KiB", "MiB", "GiB", "TiB"};
  int shift = 0;
  for (int i = 0; i < 4; ++i) {
    if (text.ends_with(units[i])) {
      shift = 10 * (i + 1);
      text.remove_suffix(3);
      break;
    }
  }
  auto count = parse_u64(text);
  if (!count || (shift > 0 && *count > (UINT64_MAX >> shift))) return std::nullopt;
  return *count << shift;
}

}  // namespace signpost
