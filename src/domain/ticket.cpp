#include "domain/ticket.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <boost/container/small_vector.hpp>
#include <span>
#include <stdexcept>

#include "base/base64.hpp"
#include "base/digest.hpp"

namespace signpost::domain {
namespace {

constexpr std::size_t tag_bytes = 6;
constexpr std::size_t usual_mark_bytes = 500;

using Line = std::string_view;
using Text = boost::container::small_vector<char, usual_mark_bytes>;

// A number's text, which lives as long as this.
class Number {
 public:
  template <class Integer>
  explicit Number(Integer value) : text_(value) {}
  operator Line() const { return {text_.data(), text_.size()}; }

 private:
  fmt::format_int text_;
};

// No part of a mark has a line break in it, so two different marks are never the same text.

std::array<Line, 3> lines_of_file(const FileId& file, Line epoch) {
  return {"file", file.text(), epoch};
}

std::array<Line, 3> lines_of_album(const AlbumId& album, Line epoch) {
  return {"album", album.text(), epoch};
}

std::array<Line, 3> lines_of_holder(Line holder, Line epoch) {
  return {"holder", holder, epoch};
}

std::array<Line, 5> lines_of_file_for(const FileId& file, Line file_epoch, Line holder,
                                      Line epoch) {
  return {"file for", file.text(), file_epoch, holder, epoch};
}

// Makes `out` the lines.
void join(Text& out, std::span<const Line> lines) {
  std::size_t size = lines.size() - 1;
  for (Line line : lines) size += line.size();
  out.resize(size, boost::container::default_init);
  char* at = out.data();
  for (Line line : lines) {
    if (at != out.data()) *at++ = '\n';
    at = std::copy_n(line.data(), line.size(), at);
  }
}

std::string joined(std::span<const Line> lines) {
  Text out;
  join(out, lines);
  return {out.data(), out.size()};
}

// Writes tag behind tag, with one piece of memory for all their marks.
class TagWriter {
 public:
  explicit TagWriter(const TicketKey& key) : key_(key) {}
  void add(std::span<const Line> lines) {
    join(mark_, lines);
    add_tag(key_.tag_of({mark_.data(), mark_.size()}));
  }
  void add_tag(std::string_view tag) { ticket_ += tag; }
  const Ticket& ticket() const { return ticket_; }

 private:
  const TicketKey& key_;
  Text mark_;
  Ticket ticket_;
};

}  // namespace

std::string_view holder_text(const Principal* holder) {
  return holder ? std::string_view(holder->text()) : "anyone";
}

std::string mark_of_file(const FileId& file, std::uint64_t epoch) {
  return joined(lines_of_file(file, Number(epoch)));
}

std::string mark_of_album(const AlbumId& album, std::uint64_t epoch) {
  return joined(lines_of_album(album, Number(epoch)));
}

std::string mark_of_holder(std::string_view holder, std::uint64_t epoch) {
  return joined(lines_of_holder(holder, Number(epoch)));
}

std::string mark_of_file_for(const FileId& file, std::uint64_t file_epoch, std::string_view holder,
                             std::uint64_t epoch) {
  return joined(lines_of_file_for(file, Number(file_epoch), holder, Number(epoch)));
}

TicketKey::TicketKey(Secret secret) : secret_(std::move(secret)) {
  if (secret_.reveal().size() < crypto_shorthash_siphashx24_KEYBYTES)
    throw std::invalid_argument("a key for tickets is too short");
}

Tag TicketKey::tag_of(std::string_view mark) const {
  std::array<unsigned char, crypto_shorthash_siphashx24_BYTES> digest;
  crypto_shorthash_siphashx24(digest.data(), reinterpret_cast<const unsigned char*>(mark.data()),
                              mark.size(),
                              reinterpret_cast<const unsigned char*>(secret_.reveal().data()));
  Tag out(s3::ticket_tag_characters, '\0');
  base64url_encode_to(out.data(), as_bytes_view(digest).substr(0, tag_bytes));
  return out;
}

std::string_view holder_tag(std::string_view ticket) {
  constexpr std::size_t least_tags = 4;  // make_ticket()'s, without an album
  if (ticket.size() < least_tags * s3::ticket_tag_characters) return {};
  return ticket.substr(s3::ticket_tag_characters, s3::ticket_tag_characters);
}

Ticket make_ticket(const TicketKey& key, const TicketFacts& facts) {
  const Line holder = holder_text(facts.holder);
  const Number file_epoch(facts.epoch);
  TagWriter tags(key);
  tags.add(lines_of_file(facts.file, file_epoch));
  tags.add_tag(facts.holder_tag);
  tags.add(lines_of_file_for(facts.file, file_epoch, holder, Number(facts.epochs.file_for_holder)));
  if (facts.album) tags.add(lines_of_album(*facts.album, Number(facts.epochs.album)));
  const Number date(facts.date.time_since_epoch().count());
  const Number expires(facts.expires.count());
  const std::array<Line, 8> url{"url",        facts.file.text(), file_epoch, holder,
                                facts.method, facts.parameters,  date,       expires};
  tags.add(url);
  return tags.ticket();
}

}  // namespace signpost::domain
