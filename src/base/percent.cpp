#include "base/percent.hpp"

#include <array>
#include <cstdint>

#include "base/hex.hpp"

namespace signpost {
namespace {

constexpr std::array<bool, 256> unreserved_table() {
  std::array<bool, 256> table{};
  for (int c = 'a'; c <= 'z'; ++c) table[c] = table[c - 32] = true;
  for (int c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned char c : {'-', '.', '_', '~'}) table[c] = true;
  return table;
}
constexpr auto unreserved = unreserved_table();

// How many continuation bytes follow this lead byte, or -1 where it cannot lead.
int continuation_bytes(std::uint8_t lead) {
  if (lead < 0x80) return 0;
  if (lead >= 0xC2 && lead <= 0xDF) return 1;
  if (lead >= 0xE0 && lead <= 0xEF) return 2;
  if (lead >= 0xF0 && lead <= 0xF4) return 3;
  return -1;
}

}  // namespace

void percent_encode_to(std::string& out, std::string_view bytes, Slash slash) {
  constexpr char digits[] = "0123456789ABCDEF";
  for (char c : bytes) {
    auto b = static_cast<std::uint8_t>(c);
    if (unreserved[b] || (c == '/' && slash == Slash::keep)) {
      out.push_back(c);
    } else {
      const char encoded[] = {'%', digits[b >> 4], digits[b & 15]};
      out.append(encoded, 3);
    }
  }
}

std::string percent_encode(std::string_view bytes, Slash slash) {
  std::string out;
  out.reserve(bytes.size() + 16);
  percent_encode_to(out, bytes, slash);
  return out;
}

std::optional<std::size_t> percent_decode_to(char* out, std::string_view text) {
  char* const begin = out;
  for (;;) {
    const std::size_t escape = text.find('%');
    out += text.copy(out, escape);
    if (escape == std::string_view::npos) return out - begin;
    text.remove_prefix(escape + 1);
    if (text.size() < 2) return std::nullopt;
    const int high = hex_digit(text[0]), low = hex_digit(text[1]);
    if (high < 0 || low < 0) return std::nullopt;
    *out++ = static_cast<char>(high << 4 | low);
    text.remove_prefix(2);
  }
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out(text.size(), '\0');
  const auto size = percent_decode_to(out.data(), text);
  if (!size) return std::nullopt;
  out.resize(*size);
  return out;
}

bool is_ascii(std::string_view bytes) {
  std::uint8_t all = 0;
  for (char c : bytes) all |= static_cast<std::uint8_t>(c);  // many at once
  return all < 0x80;
}

bool is_utf8(std::string_view bytes) {
  if (is_ascii(bytes)) return true;  // as nearly always
  for (std::size_t i = 0; i < bytes.size();) {
    auto lead = static_cast<std::uint8_t>(bytes[i]);
    int more = continuation_bytes(lead);
    if (more < 0 || i + static_cast<std::size_t>(more) >= bytes.size()) return false;
    for (int k = 1; k <= more; ++k)
      if ((static_cast<std::uint8_t>(bytes[i + k]) & 0xC0) != 0x80) return false;
    auto second = more > 0 ? static_cast<std::uint8_t>(bytes[i + 1]) : 0;
    bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    bool surrogate = lead == 0xED && second > 0x9F;
    bool beyond = lead == 0xF4 && second > 0x8F;
    if (overlong || surrogate || beyond) return false;
    i += static_cast<std::size_t>(more) + 1;
  }
  return true;
}

}  // namespace signpost
