#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

// What the embedded store tells the gateway of the tickets it was shown (docs/adr/0030).
namespace signpost::s3 {

// What was fetched of one object with one ticket, in some span of time.
struct Fetched {
  std::string ticket;
  std::string key;
  std::uint64_t requests = 0;  // answered: 200, 206 and 304
  std::uint64_t bytes = 0;     // of their bodies, as far as they were sent
  UnixSeconds first{};
  UnixSeconds last{};
  friend bool operator==(const Fetched&, const Fetched&) = default;
};

// Some of them, and the place in the store's list that comes after them. A place is text that only
// the store reads; "" is the beginning.
struct FetchReport {
  std::vector<Fetched> fetched;
  std::string next;
};

bool is_place(std::string_view text);  // of up to 64 letters, digits, '.' and '-'

// On the wire: the place, and then each in a line of its own, "TICKET REQUESTS BYTES FIRST LAST
// KEY", with the key percent-encoded.
std::string write_fetch_report(const FetchReport& report);
// Nothing where it is no such text.
std::optional<FetchReport> parse_fetch_report(std::string_view text);

}  // namespace signpost::s3
