#include "sigv4/encoding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/hex.hpp"
#include "sigv4/marks.hpp"

namespace signpost::sigv4 {
namespace {

// The number of characters that stand for a byte, 1 or 3.
using Widths = std::array<std::uint8_t, 256>;

constexpr Widths widths(Slash slash) {
  Widths table{};
  for (auto& width : table) width = 3;
  for (int c = 'a'; c <= 'z'; ++c) table[c] = table[c - 32] = 1;
  for (int c = '0'; c <= '9'; ++c) table[c] = 1;
  for (unsigned char c : {'-', '.', '_', '~'}) table[c] = 1;
  if (slash == Slash::keep) table['/'] = 1;
  return table;
}
constexpr Widths widths_in_path = widths(Slash::keep);
constexpr Widths widths_in_query = widths(Slash::encode);

const Widths& table_for(Slash slash) {
  return slash == Slash::keep ? widths_in_path : widths_in_query;
}

char* put_byte(char* out, std::uint8_t byte, const Widths& table) {
  constexpr char digits[] = "0123456789ABCDEF";
  if (table[byte] == 1) {
    *out++ = static_cast<char>(byte);
  } else {
    *out++ = '%';
    *out++ = digits[byte >> 4];
    *out++ = digits[byte & 15];
  }
  return out;
}

bool is_lower(char c) {
  return c >= 'a' && c <= 'f';
}

// One byte of an encoded text at `at`, and how many characters it takes. -1 for a broken escape.
int byte_at(std::string_view text, std::size_t at, std::size_t& taken) {
  taken = 1;
  if (text[at] != '%') return static_cast<std::uint8_t>(text[at]);
  if (at + 2 >= text.size()) return -1;
  const int high = hex_digit(text[at + 1]);
  const int low = hex_digit(text[at + 2]);
  taken = 3;
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

template <char... kept>
bool is_canonical(std::string_view text) {
  constexpr Slash slash = sizeof...(kept) == 0 ? Slash::encode : Slash::keep;
  Marks<kept...> marks(text);
  for (std::size_t at = marks.next(); at < text.size(); at = marks.next())
    if (text[at] != '%' || !is_canonical_escape(text.substr(at), slash)) return false;
  return true;
}

}  // namespace

char* encode_to(char* out, std::string_view bytes, Slash slash) {
  const auto plain = slash == Slash::keep ? Marks<'/'>(bytes).next() : Marks<>(bytes).next();
  out = copy_to(out, bytes.substr(0, plain));
  const Widths& table = table_for(slash);
  for (char c : bytes.substr(plain)) out = put_byte(out, static_cast<std::uint8_t>(c), table);
  return out;
}

bool is_canonical_escape(std::string_view text, Slash slash) {
  if (text.starts_with("%2F")) return slash == Slash::encode;  // nearly all of them in a query
  std::size_t taken = 0;
  const int byte = byte_at(text, 0, taken);
  return byte >= 0 && table_for(slash)[byte] == 3 && !is_lower(text[1]) && !is_lower(text[2]);
}

std::optional<std::string_view> canonical_text(std::string_view raw, Slash slash,
                                               std::pmr::memory_resource& memory) {
  if (slash == Slash::keep ? is_canonical<'/'>(raw) : is_canonical<>(raw)) return raw;
  const Widths& table = table_for(slash);
  std::size_t size = 0;
  std::size_t taken = 1;
  for (std::size_t at = 0; at < raw.size(); at += taken) {
    const int byte = byte_at(raw, at, taken);
    if (byte < 0) return std::nullopt;
    size += table[byte];
  }
  char* const begin = static_cast<char*>(memory.allocate(size, 1));
  char* out = begin;
  for (std::size_t i = 0; i < raw.size(); i += taken)
    out = put_byte(out, static_cast<std::uint8_t>(byte_at(raw, i, taken)), table);
  return std::string_view(begin, size);
}

std::string_view decoded_text(std::string_view text, std::pmr::memory_resource& memory) {
  std::size_t escape = std::min(text.find('%'), text.size());
  if (escape == text.size()) return text;
  char* const begin = static_cast<char*>(memory.allocate(text.size(), 1));
  char* out = begin;
  while (true) {
    out = copy_to(out, text.substr(0, escape));
    text.remove_prefix(escape);
    if (text.empty()) return {begin, static_cast<std::size_t>(out - begin)};
    std::size_t taken = 1;
    *out++ = static_cast<char>(byte_at(text, 0, taken));
    text.remove_prefix(taken);
    escape = std::min(text.find('%'), text.size());
  }
}

}  // namespace signpost::sigv4
