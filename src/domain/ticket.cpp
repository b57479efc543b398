#include "domain/ticket.hpp"

#include "base/base64.hpp"

namespace signpost::domain {
namespace {

constexpr std::size_t ticket_bytes = 16;

void add_line(std::string& message, std::string_view text) {
  message += text;
  message += '\n';
}

}  // namespace

std::string make_ticket(const HmacSha256Key& key, const TicketFacts& facts) {
  std::string message;
  message.reserve(256);
  // No line has a line break in it, so two different lists of facts are never the same message.
  add_line(message, "signpost ticket 1");
  if (facts.holder != nullptr) {
    add_line(message, facts.holder->issuer());
    add_line(message, facts.holder->subject());
  } else {
    message += "\n\n";
  }
  add_line(message, facts.file);
  add_line(message, std::to_string(facts.epoch));
  add_line(message, facts.method);
  add_line(message, facts.parameters);
  add_line(message, std::to_string(facts.date.time_since_epoch().count()));
  add_line(message, std::to_string(facts.expires.count()));
  return base64url_encode(as_bytes_view(key.sign(message)).substr(0, ticket_bytes));
}

}  // namespace signpost::domain
