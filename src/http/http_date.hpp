#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace signpost::http {

// "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate, RFC 9110 section 5.6.7).
std::string to_http_date(UnixSeconds time);

// Takes the three forms of RFC 9110 section 5.6.7: IMF-fixdate, RFC 850, asctime. A two-digit year
// that would lie more than 50 years after `now` is one of the past. The day's name is not checked
// against the date. Nothing where the text is of none of these forms or no such day exists.
std::optional<UnixSeconds> parse_http_date(std::string_view text, UnixSeconds now);

}  // namespace signpost::http
