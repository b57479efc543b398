#pragma once

#include <string>
#include <string_view>

namespace signpost::http {

inline constexpr std::string_view problem_media_type = "application/problem+json";

// RFC 9457 problem details, with `code`, a stable word for programs. `type` is "about:blank", so
// `title` is the status's own phrase.
struct Problem {
  unsigned status = 500;
  std::string code;    // "not_found"
  std::string detail;  // a sentence for people; never a secret, and never what others own
  // The JSON text. `title` is the reason phrase of the status.
  std::string to_json() const;
};

// The reason phrase of a status (RFC 9110 section 15, RFC 6585); "Unknown" for others.
std::string_view status_title(unsigned status);

// `text` as a JSON string with its quotes (RFC 8259 section 7). Bytes that are not UTF-8 become
// U+FFFD.
std::string json_quote(std::string_view text);

}  // namespace signpost::http
