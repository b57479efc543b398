#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "domain/file.hpp"
#include "s3/fetched.hpp"

// What was fetched from the store with the URLs that were given out (docs/adr/0030).
namespace signpost::domain {

// Whom the URLs are for that have this tag in their tickets (ticket.hpp).
struct UrlHolder {
  std::string tag;
  std::string holder;  // holder_text()
};

// What one URL has fetched of one object.
struct Fetch {
  std::int64_t number = 0;
  ObjectRef object;
  std::optional<FileId> file;         // whose object it was when the store told of it
  std::optional<std::string> holder;  // holder_text(); nothing where nobody knows
  std::string ticket;
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;
  UnixSeconds first_at{};
  UnixSeconds last_at{};
};

struct FetchQuery {
  std::optional<FileId> file;
  std::size_t limit = 100;
  std::optional<std::int64_t> after;  // FetchPage::next of the page before
};

// Those first told of last come first.
struct FetchPage {
  std::vector<Fetch> items;
  std::optional<std::int64_t> next;
};

}  // namespace signpost::domain
