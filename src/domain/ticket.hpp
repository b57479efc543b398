#pragma once

#include <boost/static_string/static_string.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "base/time.hpp"
#include "domain/file.hpp"
#include "domain/principal.hpp"
#include "domain/withdrawal.hpp"
#include "s3/ticket.hpp"

namespace signpost::domain {

// Whom a URL is for, as it stands in marks: "user:ISSUER:SUBJECT", a view of its principal, or
// "anyone" for null.
std::string_view holder_text(const Principal* holder);

// A mark says what several URLs have in common and may be withdrawn by together. Each has an epoch
// in it, which is raised by a withdrawal, so that the URLs given out after it have another mark.
std::string mark_of_file(const FileId& file, std::uint64_t epoch);
std::string mark_of_album(const AlbumId& album, std::uint64_t epoch);
std::string mark_of_holder(std::string_view holder, std::uint64_t epoch);
std::string mark_of_file_for(const FileId& file, std::uint64_t file_epoch, std::string_view holder,
                             std::uint64_t epoch);

// A tag stands for a mark in tickets: 48 bits of SipHash-2-4-128 in base64url. Nobody without the
// key, which all nodes share, reads anything from it but that two tickets have it in common.
using Tag = boost::static_strings::static_string<s3::ticket_tag_characters>;

class TicketKey {
 public:
  // Random bytes, 16 at least; std::invalid_argument.
  explicit TicketKey(Secret secret);
  Tag tag_of(std::string_view mark) const;

 private:
  Secret secret_;
};

// The holder's tag of such a ticket; "" where it is none. A view of it.
std::string_view holder_tag(std::string_view ticket);

// The tags of one URL in a row, five at the most; "" stands for no ticket.
using Ticket = boost::static_strings::static_string<5 * s3::ticket_tag_characters>;

// What one pre-signed URL was given for.
struct TicketFacts {
  const Principal* holder = nullptr;  // null: anyone
  const FileId& file;
  std::uint64_t epoch = 0;         // File::epoch
  const AlbumId* album = nullptr;  // null: in none
  UrlEpochs epochs = {};
  std::string_view holder_tag;  // of mark_of_holder(): the same in all of one's tickets
  std::string_view method;      // "GET"
  // What else the URL fixes; each in a form that has no line break.
  std::string_view parameters;
  UnixSeconds date;              // the window that it is of
  std::chrono::seconds expires;  // from the date
};

// The ticket of a URL: the tags of its file, its holder, the two together and the album, where
// there is one, and last one of the URL itself. The same for the same facts on every node, so that
// a URL stays the same within its window.
Ticket make_ticket(const TicketKey& key, const TicketFacts& facts);

}  // namespace signpost::domain
