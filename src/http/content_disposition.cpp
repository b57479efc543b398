#include "http/content_disposition.hpp"

#include <algorithm>
#include <cstdint>

#include "base/ascii.hpp"
#include "base/percent.hpp"

namespace signpost::http {
namespace {

// The length of the well-formed UTF-8 character at the front, or 0.
std::size_t character_length(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length)
    if (is_utf8(text.substr(0, length))) return length;
  return 0;
}

bool is_control(char c) {
  return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F;
}

// The name as UTF-8 without control characters.
std::string cleaned(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    std::size_t length = character_length(name);
    if (length == 0 || is_control(name[0])) {
      out += '_';
      length = 1;
    } else {
      out += name.substr(0, length);
    }
    name.remove_prefix(length);
  }
  return out;
}

// RFC 8187 attr-char.
bool is_attr_char(char c) {
  return is_alpha(c) || is_digit(c) || std::string_view("!#$&+-.^_`|~").contains(c);
}

std::string extended_value(std::string_view name) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out = "UTF-8''";
  for (char c : name) {
    if (is_attr_char(c)) {
      out += c;
    } else {
      auto u = static_cast<std::uint8_t>(c);
      out += '%';
      out += digits[u >> 4];
      out += digits[u & 15];
    }
  }
  return out;
}

// Safe inside a quoted-string without an escape: clients disagree about backslashes and about '%'.
bool is_plain(char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '%';
}

std::string ascii_fallback(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    std::size_t length = std::max<std::size_t>(1, character_length(name));
    out += length == 1 && is_plain(name[0]) ? name[0] : '_';
    name.remove_prefix(length);
  }
  return out;
}

}  // namespace

std::string content_disposition(Disposition disposition, std::string_view name) {
  std::string out = disposition == Disposition::inline_ ? "inline" : "attachment";
  if (name.empty()) return out;
  if (std::ranges::all_of(name, is_plain)) {  // nearly every name: it stands as it is
    out.reserve(out.size() + name.size() + 16);
    out.append("; filename=\"").append(name).append("\"");
    return out;
  }
  std::string safe = cleaned(name);
  out += "; filename=\"" + ascii_fallback(safe) + "\"";
  if (!std::ranges::all_of(safe, is_plain)) out += "; filename*=" + extended_value(safe);
  return out;
}

}  // namespace signpost::http
