#include "domain/ticket.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/container/small_vector.hpp>
#include <span>

#include "base/base64.hpp"

namespace signpost::domain {
namespace {

constexpr std::size_t tag_bytes = 6;
constexpr std::size_t usual_mark_bytes = 500;  // with room for a hash's padding

using Line = std::string_view;
using Text = boost::container::small_vector<char, usual_mark_bytes>;
using Tag = boost::static_strings::static_string<s3::ticket_tag_characters>;

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

// Makes `out` the lines and room for `more` characters behind them; how long they are.
std::size_t join(Text& out, std::span<const Line> lines, std::size_t more = 0) {
  std::size_t size = lines.size() - 1;
  for (Line line : lines) size += line.size();
  out.resize(size + more, boost::container::default_init);
  char* at = out.data();
  for (Line line : lines) {
    if (at != out.data()) *at++ = '\n';
    at = std::copy_n(line.data(), line.size(), at);
  }
  return size;
}

std::string joined(std::span<const Line> lines) {
  Text out;
  join(out, lines);
  return {out.data(), out.size()};
}

Tag tag_of(const Sha256Digest& digest) {
  Tag out(s3::ticket_tag_characters, '\0');
  base64url_encode_to(out.data(), as_bytes_view(digest).substr(0, tag_bytes));
  return out;
}

// Writes tag behind tag, with one piece of memory for all their marks.
class TagWriter {
 public:
  explicit TagWriter(const HmacSha256Key& key) : key_(key) {}
  void add(std::span<const Line> lines) {
    const std::size_t size = join(mark_, lines, sha256_padding);
    add_tag(tag_of(key_.sign_in_place(mark_.data(), size)));
  }
  void add_tag(std::string_view tag) { ticket_ += tag; }
  const Ticket& ticket() const { return ticket_; }

 private:
  const HmacSha256Key& key_;
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

std::string ticket_tag(const HmacSha256Key& key, std::string_view mark) {
  return std::string(tag_of(key.sign(mark)));
}

std::string_view holder_tag(std::string_view ticket) {
  constexpr std::size_t least_tags = 4;  // make_ticket()'s, without an album
  if (ticket.size() < least_tags * s3::ticket_tag_characters) return {};
  return ticket.substr(s3::ticket_tag_characters, s3::ticket_tag_characters);
}

Ticket make_ticket(const HmacSha256Key& key, const TicketFacts& facts) {
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
