#pragma once

#include <string>
#include <string_view>

namespace signpost::http {

inline constexpr std::string_view problem_media_type = "application/problem+json";

// RFC 9457 problem details, with `code`, a stable word for programs. `type` is always
// "about:blank", so `title` is to be the reason phrase of the status (section 4.2.1).
struct Problem {
  unsigned status = 500;
  std::string title;
  std::string code;          // "not_found"
  std::string detail;        // a sentence for people; never a secret, and never what others own
  unsigned retry_after = 0;  // seconds, for the field Retry-After; 0: none
  std::string to_json() const;
};

// `text` as a JSON string with its quotes (RFC 8259 section 7). Bytes that are not UTF-8 become
// U+FFFD.
std::string json_quote(std::string_view text);
void json_quote_to(std::string& out, std::string_view text);

}  // namespace signpost::http
