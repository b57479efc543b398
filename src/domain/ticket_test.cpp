#include "domain/ticket.hpp"

#include <gtest/gtest.h>

#include <set>

namespace signpost::domain {
namespace {

using std::chrono::seconds;

const HmacSha256Key key("a key of thirty-two bytes, or more");

TicketFacts facts(const Principal* holder) {
  return {.holder = holder,
          .file = "abc",
          .epoch = 0,
          .method = "GET",
          .parameters = "inline; filename=\"a.png\"",
          .date = UnixSeconds(seconds{1'800'000'000}),
          .expires = seconds{240}};
}

TEST(Ticket, IsTheSameForTheSameFacts) {
  const Principal alice = Principal::user("app", "alice").value();
  std::string ticket = make_ticket(key, facts(&alice));
  EXPECT_EQ(ticket, make_ticket(key, facts(&alice)));
  EXPECT_EQ(ticket.size(), 22u);
  EXPECT_EQ(ticket.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_"),
            ticket.npos);
  EXPECT_NE(ticket, make_ticket(HmacSha256Key("another key"), facts(&alice)));
}

TEST(Ticket, EveryFactChangesIt) {
  const Principal alice = Principal::user("app", "alice").value();
  const Principal other = Principal::user("app", "bob").value();
  const Principal elsewhere = Principal::user("corp", "alice").value();
  std::set<std::string> seen;
  auto expect_new = [&](auto change) {
    TicketFacts changed = facts(&alice);
    change(changed);
    EXPECT_TRUE(seen.insert(make_ticket(key, changed)).second);
  };
  expect_new([](TicketFacts&) {});
  expect_new([](TicketFacts& f) { f.holder = nullptr; });
  expect_new([&](TicketFacts& f) { f.holder = &other; });
  expect_new([&](TicketFacts& f) { f.holder = &elsewhere; });
  expect_new([](TicketFacts& f) { f.file = "abd"; });
  expect_new([](TicketFacts& f) { f.epoch = 1; });
  expect_new([](TicketFacts& f) { f.method = "HEAD"; });
  expect_new([](TicketFacts& f) { f.parameters = "attachment"; });
  expect_new([](TicketFacts& f) { f.date += seconds{60}; });
  expect_new([](TicketFacts& f) { f.expires += seconds{1}; });
}

}  // namespace
}  // namespace signpost::domain
