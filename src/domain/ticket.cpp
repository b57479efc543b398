#include "domain/ticket.hpp"

#include <fmt/format.h>

#include <initializer_list>

#include "base/base64.hpp"

namespace signpost::domain {
namespace {

constexpr std::size_t tag_bytes = 6;
constexpr std::size_t tag_characters = tag_bytes / 3 * 4;

std::string_view text_of(const fmt::format_int& number) {
  return {number.data(), number.size()};
}

// With room behind it for what a hash writes there.
std::string lines(std::initializer_list<std::string_view> all) {
  std::size_t size = 0;
  for (std::string_view line : all) size += line.size() + 1;
  std::string out;
  out.reserve(size + sha256_padding);
  for (std::string_view line : all) out.append(line).append(1, '\n');
  out.pop_back();
  return out;
}

void append_tag(std::string& ticket, const HmacSha256Key& key, std::string mark) {
  const std::size_t size = mark.size();
  mark.resize(size + sha256_padding);
  const Sha256Digest digest = key.sign_in_place(mark.data(), size);
  ticket += base64url_encode(as_bytes_view(digest).substr(0, tag_bytes));
}

}  // namespace

// No part of a mark has a line break in it, so two different marks are never the same text.

std::string_view holder_text(const Principal* holder) {
  return holder ? std::string_view(holder->text()) : "anyone";
}

std::string mark_of_file(const FileId& file, std::uint64_t epoch) {
  return lines({"file", file.text(), text_of(fmt::format_int(epoch))});
}

std::string mark_of_album(const AlbumId& album, std::uint64_t epoch) {
  return lines({"album", album.text(), text_of(fmt::format_int(epoch))});
}

std::string mark_of_holder(std::string_view holder, std::uint64_t epoch) {
  return lines({"holder", holder, text_of(fmt::format_int(epoch))});
}

std::string mark_of_file_for(const FileId& file, std::uint64_t file_epoch, std::string_view holder,
                             std::uint64_t epoch) {
  return lines({"file for", file.text(), text_of(fmt::format_int(file_epoch)), holder,
                text_of(fmt::format_int(epoch))});
}

std::string ticket_tag(const HmacSha256Key& key, std::string_view mark) {
  return base64url_encode(as_bytes_view(key.sign(mark)).substr(0, tag_bytes));
}

std::string make_ticket(const HmacSha256Key& key, const TicketFacts& facts) {
  const std::string_view holder = holder_text(facts.holder);
  std::string ticket;
  ticket.reserve(5 * tag_characters);
  append_tag(ticket, key, mark_of_file(facts.file, facts.epoch));
  append_tag(ticket, key, mark_of_holder(holder, facts.epochs.holder));
  append_tag(ticket, key,
             mark_of_file_for(facts.file, facts.epoch, holder, facts.epochs.file_for_holder));
  if (facts.album) append_tag(ticket, key, mark_of_album(*facts.album, facts.epochs.album));
  append_tag(
      ticket, key,
      lines({"url", facts.file.text(), text_of(fmt::format_int(facts.epoch)), holder, facts.method,
             facts.parameters, text_of(fmt::format_int(facts.date.time_since_epoch().count())),
             text_of(fmt::format_int(facts.expires.count()))}));
  return ticket;
}

}  // namespace signpost::domain
