#include "http/http_date.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"

namespace signpost::http {
namespace {

constexpr std::array<std::string_view, 7> day_names{"Sun", "Mon", "Tue", "Wed",
                                                    "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> long_day_names{
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// A cursor that remembers whether everything so far was as expected.
struct Reader {
  std::string_view rest;
  bool ok = true;

  void literal(std::string_view text) {
    ok = ok && rest.starts_with(text);
    if (ok) rest.remove_prefix(text.size());
  }
  int number(std::size_t width) {
    ok = ok && rest.size() >= width && std::ranges::all_of(rest.substr(0, width), is_digit);
    if (!ok) return 0;
    int value = 0;
    for (char c : rest.substr(0, width)) value = value * 10 + (c - '0');
    rest.remove_prefix(width);
    return value;
  }
  template <std::size_t N>
  int one_of(const std::array<std::string_view, N>& names) {
    for (std::size_t i = 0; ok && i < N; ++i) {
      if (!rest.starts_with(names[i])) continue;
      rest.remove_prefix(names[i].size());
      return static_cast<int>(i);
    }
    ok = false;
    return 0;
  }
};

void append_two(std::string& out, int value) {
  out.push_back(static_cast<char>('0' + value / 10));
  out.push_back(static_cast<char>('0' + value % 10));
}

struct Clock {
  int hour, minute, second;
};

Clock read_clock(Reader& in) {
  Clock out{};
  out.hour = in.number(2);
  in.literal(":");
  out.minute = in.number(2);
  in.literal(":");
  out.second = in.number(2);
  return out;
}

std::optional<UnixSeconds> finish(const Reader& in, int year, int month, int day, Clock clock) {
  if (!in.ok || !in.rest.empty()) return std::nullopt;
  return from_civil(year, month, day, clock.hour, clock.minute, clock.second);
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<UnixSeconds> parse_imf_fixdate(std::string_view text) {
  Reader in{text};
  in.one_of(day_names);
  in.literal(", ");
  int day = in.number(2);
  in.literal(" ");
  int month = in.one_of(month_names) + 1;
  in.literal(" ");
  int year = in.number(4);
  in.literal(" ");
  Clock clock = read_clock(in);
  in.literal(" GMT");
  return finish(in, year, month, day, clock);
}

// "Sunday, 06-Nov-94 08:49:37 GMT"
std::optional<UnixSeconds> parse_rfc850(std::string_view text, UnixSeconds now) {
  Reader in{text};
  in.one_of(long_day_names);
  in.literal(", ");
  int day = in.number(2);
  in.literal("-");
  int month = in.one_of(month_names) + 1;
  in.literal("-");
  int this_year = to_civil(now).year;
  int year = this_year / 100 * 100 + in.number(2);
  if (year > this_year + 50) year -= 100;
  in.literal(" ");
  Clock clock = read_clock(in);
  in.literal(" GMT");
  return finish(in, year, month, day, clock);
}

// "Sun Nov  6 08:49:37 1994"
std::optional<UnixSeconds> parse_asctime(std::string_view text) {
  Reader in{text};
  in.one_of(day_names);
  in.literal(" ");
  int month = in.one_of(month_names) + 1;
  in.literal(" ");
  int day = 0;
  if (in.rest.starts_with(' ')) {
    in.literal(" ");
    day = in.number(1);
  } else {
    day = in.number(2);
  }
  in.literal(" ");
  Clock clock = read_clock(in);
  in.literal(" ");
  int year = in.number(4);
  return finish(in, year, month, day, clock);
}

}  // namespace

std::string to_http_date(UnixSeconds time) {
  CivilTime t = to_civil(time);
  std::string out;
  out.reserve(sizeof "Sun, 06 Nov 1994 08:49:37 GMT");
  out.append(day_names[static_cast<std::size_t>(t.weekday)]).append(", ");
  append_two(out, t.day);
  out.append(" ").append(month_names[static_cast<std::size_t>(t.month - 1)]).append(" ");
  append_two(out, t.year / 100);
  append_two(out, t.year % 100);
  for (const auto [before, value] :
       {std::pair(' ', t.hour), std::pair(':', t.minute), std::pair(':', t.second)}) {
    out.push_back(before);
    append_two(out, value);
  }
  out.append(" GMT");
  return out;  // append() returns a reference: it would be copied
}

std::optional<UnixSeconds> parse_http_date(std::string_view text, UnixSeconds now) {
  if (auto time = parse_imf_fixdate(text)) return time;
  if (auto time = parse_rfc850(text, now)) return time;
  return parse_asctime(text);
}

}  // namespace signpost::http
