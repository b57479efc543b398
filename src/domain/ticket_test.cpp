#include "domain/ticket.hpp"

#include <gtest/gtest.h>

#include <set>

namespace signpost::domain {
namespace {

using std::chrono::seconds;

constexpr std::size_t tag = 8;  // characters
const TicketKey key(Secret("a key of sixteen bytes, or more"));
const FileId abc = FileId::parse("abc").value();
const FileId abd = FileId::parse("abd").value();
const AlbumId trip = AlbumId::parse("trip").value();
const Principal alice = Principal::user("app", "alice").value();

std::string tag_of_holder(const Principal* holder, std::uint64_t epoch) {
  return std::string(key.tag_of(mark_of_holder(holder_text(holder), epoch)));
}

const std::string tag_of_alice = tag_of_holder(&alice, 0);

TicketFacts facts(const FileId& file = abc) {
  return {.holder = &alice,
          .file = file,
          .epoch = 5,
          .album = &trip,
          .holder_tag = tag_of_alice,
          .method = "GET",
          .parameters = "inline; filename=\"a.png\"",
          .date = UnixSeconds(seconds{1'800'000'000}),
          .expires = seconds{240}};
}

std::string ticket_text(const TicketKey& with, const TicketFacts& of) {
  return std::string(make_ticket(with, of));
}

std::string tag_of(std::string_view mark) {
  return std::string(key.tag_of(mark));
}

std::string changed(auto change) {
  TicketFacts out = facts();
  change(out);
  const std::string holder = tag_of_holder(out.holder, out.epochs.holder);
  out.holder_tag = holder;
  return ticket_text(key, out);
}

TEST(Ticket, IsTheSameForTheSameFacts) {
  std::string ticket = ticket_text(key, facts());
  EXPECT_EQ(ticket, ticket_text(key, facts()));
  EXPECT_EQ(ticket.size(), 5 * tag);
  EXPECT_EQ(ticket.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_"),
            ticket.npos);
  EXPECT_NE(ticket, ticket_text(TicketKey(Secret("another key of sixteen bytes")), facts()));
  EXPECT_EQ(changed([](TicketFacts& f) { f.album = nullptr; }).size(), 4 * tag);
}

TEST(Ticket, EveryFactChangesIt) {
  const Principal other = Principal::user("app", "bob").value();
  const Principal elsewhere = Principal::user("corp", "alice").value();
  const AlbumId another = AlbumId::parse("trap").value();
  std::set<std::string> seen{ticket_text(key, facts(abd))};
  auto expect_new = [&](auto change) { EXPECT_TRUE(seen.insert(changed(change)).second); };
  expect_new([](TicketFacts&) {});
  expect_new([](TicketFacts& f) { f.holder = nullptr; });
  expect_new([&](TicketFacts& f) { f.holder = &other; });
  expect_new([&](TicketFacts& f) { f.holder = &elsewhere; });
  expect_new([](TicketFacts& f) { f.epoch = 6; });
  expect_new([&](TicketFacts& f) { f.album = &another; });
  expect_new([](TicketFacts& f) { f.epochs.holder = 1; });
  expect_new([](TicketFacts& f) { f.epochs.file_for_holder = 1; });
  expect_new([](TicketFacts& f) { f.epochs.album = 1; });
  expect_new([](TicketFacts& f) { f.method = "HEAD"; });
  expect_new([](TicketFacts& f) { f.parameters = "attachment"; });
  expect_new([](TicketFacts& f) { f.date += seconds{60}; });
  expect_new([](TicketFacts& f) { f.expires += seconds{1}; });
}

std::set<std::string> tags_of(const std::string& ticket) {
  std::set<std::string> out;
  for (std::size_t at = 0; at < ticket.size(); at += tag) out.insert(ticket.substr(at, tag));
  return out;
}

// What is withdrawn by a mark are the URLs that have it, and no others.
TEST(Ticket, HasATagOfEveryMarkItMayBeWithdrawnBy) {
  auto mine = tags_of(ticket_text(key, facts()));
  EXPECT_TRUE(mine.contains(tag_of(mark_of_file(abc, 5))));
  EXPECT_TRUE(mine.contains(tag_of(mark_of_holder("user:app:alice", 0))));
  EXPECT_TRUE(mine.contains(tag_of(mark_of_file_for(abc, 5, "user:app:alice", 0))));
  EXPECT_TRUE(mine.contains(tag_of(mark_of_album(trip, 0))));
  EXPECT_FALSE(mine.contains(tag_of(mark_of_file(abc, 4))));
  EXPECT_FALSE(mine.contains(tag_of(mark_of_file_for(abc, 5, "anyone", 0))));

  auto of_anyone = tags_of(changed([](TicketFacts& f) { f.holder = nullptr; }));
  EXPECT_TRUE(of_anyone.contains(tag_of(mark_of_file_for(abc, 5, "anyone", 0))));
  EXPECT_FALSE(of_anyone.contains(tag_of(mark_of_holder("user:app:alice", 0))));
}

}  // namespace
}  // namespace signpost::domain
