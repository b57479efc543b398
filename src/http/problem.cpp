#include "http/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/percent.hpp"

namespace signpost::http {
namespace {

// The length of the well-formed UTF-8 character at the front, or 0.
std::size_t character_length(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length)
    if (is_utf8(text.substr(0, length))) return length;
  return 0;
}

// Whether every byte may stand in JSON as it is. Without a branch in the loop, so that the compiler
// looks at many bytes at a time.
bool is_plain(std::string_view text) {
  std::uint8_t odd = 0;
  for (char c : text) {
    auto u = static_cast<std::uint8_t>(c);
    odd |= static_cast<std::uint8_t>((u < 0x20) | (u >= 0x7F) | (u == '"') | (u == '\\'));
  }
  return odd == 0;
}

}  // namespace

void json_quote_to(std::string& out, std::string_view text) {
  out += '"';
  if (is_plain(text)) {  // nearly every text: it stands as it is
    out += text;
    text = {};
  }
  while (!text.empty()) {
    char c = text.front();
    std::size_t length = character_length(text);
    if (length == 0) {
      out += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  out += '"';
}

std::string json_quote(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  json_quote_to(out, text);
  return out;
}

std::string Problem::to_json() const {
  return fmt::format(R"({{"type":"about:blank","title":{},"status":{},"detail":{},"code":{}}})",
                     json_quote(title), status, json_quote(detail), json_quote(code));
}

}  // namespace signpost::http
