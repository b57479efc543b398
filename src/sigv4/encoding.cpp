#include "sigv4/encoding.hpp"

#include <array>
#include <cstdint>

#include "base/hex.hpp"

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

}  // namespace

std::size_t encoded_size(std::string_view bytes, Slash slash) {
  const Widths& table = table_for(slash);
  std::size_t size = 0;
  for (char c : bytes) size += table[static_cast<std::uint8_t>(c)];
  return size;
}

char* encode_to(char* out, std::string_view bytes, Slash slash) {
  const Widths& table = table_for(slash);
  for (char c : bytes) out = put_byte(out, static_cast<std::uint8_t>(c), table);
  return out;
}

std::optional<std::string_view> canonical_text(std::string_view raw, Slash slash,
                                               std::pmr::memory_resource& memory) {
  const Widths& table = table_for(slash);
  std::size_t size = 0;
  std::size_t taken = 1;
  bool canonical = true;
  for (std::size_t i = 0; i < raw.size(); i += taken) {
    const int byte = byte_at(raw, i, taken);
    if (byte < 0) return std::nullopt;
    size += table[byte];
    canonical = canonical && taken == table[byte];
    if (taken == 3) canonical = canonical && !is_lower(raw[i + 1]) && !is_lower(raw[i + 2]);
  }
  if (canonical) return raw;
  char* const begin = static_cast<char*>(memory.allocate(size, 1));
  char* out = begin;
  for (std::size_t i = 0; i < raw.size(); i += taken)
    out = put_byte(out, static_cast<std::uint8_t>(byte_at(raw, i, taken)), table);
  return std::string_view(begin, size);
}

std::string_view decoded_text(std::string_view text, std::pmr::memory_resource& memory) {
  if (text.find('%') == std::string_view::npos) return text;
  char* const begin = static_cast<char*>(memory.allocate(text.size(), 1));
  char* out = begin;
  std::size_t taken = 1;
  for (std::size_t i = 0; i < text.size(); i += taken)
    *out++ = static_cast<char>(byte_at(text, i, taken));
  return {begin, static_cast<std::size_t>(out - begin)};
}

}  // namespace signpost::sigv4
