#include "s3/ticket.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace signpost::s3 {

bool is_ticket_tag(std::string_view text) {
  return text.size() == ticket_tag_characters && std::ranges::all_of(text, [](char c) {
           return is_alpha(c) || is_digit(c) || c == '-' || c == '_';
         });
}

std::vector<std::string_view> tags_of(std::string_view ticket) {
  std::vector<std::string_view> out;
  if (ticket.size() > ticket_tags * ticket_tag_characters) return out;
  for (; !ticket.empty(); ticket.remove_prefix(ticket_tag_characters)) {
    std::string_view tag = ticket.substr(0, ticket_tag_characters);
    if (!is_ticket_tag(tag)) return {};
    out.push_back(tag);
  }
  return out;
}

}  // namespace signpost::s3
