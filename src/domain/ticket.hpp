#pragma once

#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "base/time.hpp"
#include "domain/file.hpp"
#include "domain/principal.hpp"

namespace signpost::domain {

// The query parameter that holds it. S3 engines take what they don't know, and log it.
inline constexpr std::string_view ticket_parameter = "x-signpost-ticket";

// What one pre-signed URL was given for.
struct TicketFacts {
  const Principal* holder = nullptr;  // null: anyone
  std::string_view file;              // its id
  std::uint64_t epoch = 0;            // File::epoch
  std::string_view method;            // "GET"
  // What else the URL fixes; each in a form that has no line break.
  std::string_view parameters;
  UnixSeconds date;              // the window that it is of
  std::chrono::seconds expires;  // from the date
};

// The mark on a URL that says for whom it was signed, to those who hold the key: 128 bits of
// HMAC-SHA256 in base64url, 22 characters. The same for the same facts on every node, so that a URL
// stays the same within its window; nothing can be read from it.
std::string make_ticket(const HmacSha256Key& key, const TicketFacts& facts);

}  // namespace signpost::domain
