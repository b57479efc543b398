#include "domain/ticket.hpp"

#include <fmt/format.h>

#include "base/base64.hpp"

namespace signpost::domain {
namespace {

constexpr std::size_t tag_bytes = 6;

}  // namespace

// No part of a mark has a line break in it, so two different marks are never the same text.

std::string holder_text(const Principal* holder) {
  return holder ? holder->text() : "anyone";
}

std::string mark_of_file(const FileId& file, std::uint64_t epoch) {
  return fmt::format("file\n{}\n{}", file.text(), epoch);
}

std::string mark_of_album(const AlbumId& album, std::uint64_t epoch) {
  return fmt::format("album\n{}\n{}", album.text(), epoch);
}

std::string mark_of_holder(std::string_view holder, std::uint64_t epoch) {
  return fmt::format("holder\n{}\n{}", holder, epoch);
}

std::string mark_of_file_for(const FileId& file, std::uint64_t file_epoch, std::string_view holder,
                             std::uint64_t epoch) {
  return fmt::format("file for\n{}\n{}\n{}\n{}", file.text(), file_epoch, holder, epoch);
}

std::string ticket_tag(const HmacSha256Key& key, std::string_view mark) {
  return base64url_encode(as_bytes_view(key.sign(mark)).substr(0, tag_bytes));
}

std::string make_ticket(const HmacSha256Key& key, const TicketFacts& facts) {
  const std::string holder = holder_text(facts.holder);
  std::string ticket = ticket_tag(key, mark_of_file(facts.file, facts.epoch));
  ticket += ticket_tag(key, mark_of_holder(holder, facts.epochs.holder));
  ticket += ticket_tag(
      key, mark_of_file_for(facts.file, facts.epoch, holder, facts.epochs.file_for_holder));
  if (facts.album) ticket += ticket_tag(key, mark_of_album(*facts.album, facts.epochs.album));
  ticket +=
      ticket_tag(key, fmt::format("url\n{}\n{}\n{}\n{}\n{}\n{}\n{}", facts.file.text(), facts.epoch,
                                  holder, facts.method, facts.parameters,
                                  facts.date.time_since_epoch().count(), facts.expires.count()));
  return ticket;
}

}  // namespace signpost::domain
