#include "sigv4/amz_date.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace signpost::sigv4 {
namespace {

// `count` decimal digits at `at`, or -1.
int digits_at(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

void write_digits(char* out, int value, int count) {
  for (int i = count - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
}

UnixSeconds clamp(UnixSeconds time) {
  constexpr UnixSeconds first{std::chrono::sys_days{std::chrono::year{0} / 1 / 1}};
  constexpr UnixSeconds last{std::chrono::sys_days{std::chrono::year{10000} / 1 / 1} -
                             std::chrono::seconds{1}};
  return std::clamp(time, first, last);
}

}  // namespace

AmzDate::AmzDate(UnixSeconds time) : time_(clamp(time)) {
  const CivilTime civil = to_civil(time_);
  char* out = text_.data();
  write_digits(out, civil.year, 4);
  write_digits(out + 4, civil.month, 2);
  write_digits(out + 6, civil.day, 2);
  out[8] = 'T';
  write_digits(out + 9, civil.hour, 2);
  write_digits(out + 11, civil.minute, 2);
  write_digits(out + 13, civil.second, 2);
  out[15] = 'Z';
}

AmzDate::AmzDate(UnixSeconds time, std::string_view text) : time_(time) {
  text.copy(text_.data(), text_.size());
}

std::optional<AmzDate> AmzDate::parse(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  const auto time =
      from_civil(digits_at(text, 0, 4), digits_at(text, 4, 2), digits_at(text, 6, 2),
                 digits_at(text, 9, 2), digits_at(text, 11, 2), digits_at(text, 13, 2));
  // A leap second would come back as another text, and the text is what was signed.
  if (!time || text.substr(13, 2) == "60") return std::nullopt;
  return AmzDate(*time, text);
}

std::optional<AmzDate> AmzDate::parse_http_date(std::string_view text) {
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  constexpr std::string_view weekdays = "SunMonTueWedThuFriSat";
  // "Fri, 24 May 2013 00:00:00 GMT"
  if (text.size() < 29 || text.substr(3, 2) != ", " || text[7] != ' ' || text[11] != ' ' ||
      text[16] != ' ' || text[19] != ':' || text[22] != ':' || text[25] != ' ')
    return std::nullopt;
  const std::string_view zone = text.substr(26);
  if (zone != "GMT" && zone != "UTC" && zone != "+0000" && zone != "-0000") return std::nullopt;
  const auto month = months.find(text.substr(8, 3));
  const auto weekday = weekdays.find(text.substr(0, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  if (weekday == std::string_view::npos || weekday % 3 != 0) return std::nullopt;
  const auto time =
      from_civil(digits_at(text, 12, 4), static_cast<int>(month / 3) + 1, digits_at(text, 5, 2),
                 digits_at(text, 17, 2), digits_at(text, 20, 2), digits_at(text, 23, 2));
  if (!time) return std::nullopt;
  return AmzDate(*time);
}

}  // namespace signpost::sigv4
