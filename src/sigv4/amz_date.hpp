#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace signpost::sigv4 {

// The time of a signature: "20130524T000000Z", the ISO 8601 basic format of X-Amz-Date (Signature
// Version 4, "Date handling"). Whole seconds, UTC, years 0 to 9999.
class AmzDate {
 public:
  // `time` must be within the years 0 to 9999; what lies outside is taken as the nearest end.
  explicit AmzDate(UnixSeconds time);

  // Exactly YYYYMMDDTHHMMSSZ and a day and time that exist; nothing otherwise.
  static std::optional<AmzDate> parse(std::string_view text);
  // The value of a Date field as HTTP clients and botocore write it, "Fri, 24 May 2013 00:00:00
  // GMT" (RFC 9110 section 5.6.7, also with "UTC", "+0000" or "-0000"). Nothing otherwise.
  static std::optional<AmzDate> parse_http_date(std::string_view text);

  // The instant, in whole seconds.
  UnixSeconds time() const { return time_; }
  // "20130524T000000Z"; lives as long as this object.
  std::string_view text() const { return {text_.data(), text_.size()}; }
  // "20130524", the date of the credential scope.
  std::string_view day() const { return {text_.data(), 8}; }

  // The same instant.
  friend bool operator==(const AmzDate& a, const AmzDate& b) { return a.time_ == b.time_; }

 private:
  AmzDate(UnixSeconds time, std::string_view text);

  UnixSeconds time_;
  std::array<char, 16> text_;
};

}  // namespace signpost::sigv4
