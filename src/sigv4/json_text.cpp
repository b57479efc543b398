#include "sigv4/json_text.hpp"

#include <cstdint>

#include "base/percent.hpp"

namespace signpost::sigv4 {
namespace {

void put_unit(std::string& out, std::uint32_t unit) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[unit >> shift & 0xF];
}

void put_code_point(std::string& out, std::uint32_t code) {
  if (code < 0x10000) {
    put_unit(out, code);
    return;
  }
  put_unit(out, 0xD800 + ((code - 0x10000) >> 10));
  put_unit(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
}

void put_ascii(std::string& out, char c) {
  switch (c) {
    case '"':
    case '\\':
      out += '\\';
      out += c;
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
        put_unit(out, static_cast<unsigned char>(c));
      } else {
        out += c;
      }
  }
}

// How many bytes follow that lead byte, in text that is UTF-8.
std::size_t continuation_bytes(unsigned char lead) {
  if (lead < 0xE0) return 1;
  return lead < 0xF0 ? 2 : 3;
}

}  // namespace

std::optional<std::string> json_string(std::string_view utf8) {
  if (!is_utf8(utf8)) return std::nullopt;
  std::string out = "\"";
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    if (lead < 0x80) {
      put_ascii(out, utf8[i]);
      continue;
    }
    const std::size_t more = continuation_bytes(lead);
    std::uint32_t code = lead & (0x3Fu >> more);
    for (std::size_t k = 0; k < more; ++k)
      code = code << 6 | (static_cast<unsigned char>(utf8[++i]) & 0x3Fu);
    put_code_point(out, code);
  }
  return out += '"';
}

}  // namespace signpost::sigv4
