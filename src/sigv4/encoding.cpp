#include "sigv4/encoding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/hex.hpp"
#include "sigv4/marks.hpp"

namespace signpost::sigv4 {
namespace {

// What stands for a byte: itself or an escape.
struct Written {
  std::array<char, 3> characters;
  std::uint8_t width;  // 1 or 3
};
using Table = std::array<Written, 256>;

constexpr bool stays(int c, Slash slash) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~' || (c == '/' && slash == Slash::keep);
}

constexpr Table table_of(Slash slash) {
  constexpr char digits[] = "0123456789ABCDEF";
  Table table{};
  for (int c = 0; c < 256; ++c) {
    if (stays(c, slash)) {
      table[c] = {{static_cast<char>(c)}, 1};
    } else {
      table[c] = {{'%', digits[c >> 4], digits[c & 15]}, 3};
    }
  }
  return table;
}
constexpr Table table_in_path = table_of(Slash::keep);
constexpr Table table_in_query = table_of(Slash::encode);

const Table& table_for(Slash slash) {
  return slash == Slash::keep ? table_in_path : table_in_query;
}

// Writes three characters always, of which those behind the end are to be overwritten: no branch.
char* put_byte(char* out, std::uint8_t byte, const Table& table) {
  const Written& written = table[byte];
  std::memcpy(out, written.characters.data(), written.characters.size());
  return out + written.width;
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
  const Table& table = table_for(slash);
  for (char c : bytes.substr(plain)) out = put_byte(out, static_cast<std::uint8_t>(c), table);
  return out;
}

bool is_canonical_escape(std::string_view text, Slash slash) {
  if (text.starts_with("%2F")) return slash == Slash::encode;  // nearly all of them in a query
  std::size_t taken = 0;
  const int byte = byte_at(text, 0, taken);
  return byte >= 0 && table_for(slash)[byte].width == 3 && !is_lower(text[1]) && !is_lower(text[2]);
}

std::optional<std::string_view> canonical_text(std::string_view raw, Slash slash,
                                               std::pmr::memory_resource& memory) {
  if (slash == Slash::keep ? is_canonical<'/'>(raw) : is_canonical<>(raw)) return raw;
  const Table& table = table_for(slash);
  std::size_t size = 0;
  std::size_t taken = 1;
  for (std::size_t at = 0; at < raw.size(); at += taken) {
    const int byte = byte_at(raw, at, taken);
    if (byte < 0) return std::nullopt;
    size += table[byte].width;
  }
  char* const begin = static_cast<char*>(memory.allocate(size + 2, 1));  // put_byte()
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
