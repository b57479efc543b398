#include "sigv4/encoding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

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

// Whether all of eight bytes are letters, digits, or one of "-._" ("/" too where it is kept): most
// of what is left as it is, tested at once. Each byte of a word is worked on below its high bit, so
// that nothing is carried into the next.
bool all_plain(const char* text, Slash slash) {
  constexpr auto each = [](unsigned char byte) { return 0x0101010101010101u * byte; };
  std::uint64_t bytes;
  std::memcpy(&bytes, text, sizeof bytes);
  const std::uint64_t low = bytes & each(0x7F);
  // The high bit of each byte that is at least `least`.
  const auto at_least = [each](std::uint64_t word, unsigned char least) {
    return word + each(static_cast<unsigned char>(0x80 - least));
  };
  const std::uint64_t lower_case = low | each(0x20);
  std::uint64_t plain = at_least(lower_case, 'a') & ~at_least(lower_case, 'z' + 1);
  plain |= at_least(low, '-') & ~at_least(low, '9' + 1);  // - . / 0 to 9
  if (slash == Slash::encode) plain &= at_least(low ^ each('/'), 1);
  plain |= ~at_least(low ^ each('_'), 1);
  return (plain & ~bytes & each(0x80)) == each(0x80);
}

// How many bytes at the front are left as they are.
std::size_t plain_run(std::string_view bytes, Slash slash) {
  const Widths& table = table_for(slash);
  std::size_t at = 0;
  while (bytes.size() - at >= 8 && all_plain(bytes.data() + at, slash)) at += 8;
  // The last eight, some of which were looked at already.
  if (bytes.size() - at < 8 && at > 0 && all_plain(bytes.data() + bytes.size() - 8, slash))
    return bytes.size();
  while (at < bytes.size() && table[static_cast<std::uint8_t>(bytes[at])] == 1) ++at;
  return at;
}

}  // namespace

char* encode_to(char* out, std::string_view bytes, Slash slash) {
  const Widths& table = table_for(slash);
  const std::size_t run = plain_run(bytes, slash);
  out = copy_to(out, bytes.substr(0, run));
  for (char c : bytes.substr(run)) out = put_byte(out, static_cast<std::uint8_t>(c), table);
  return out;
}

std::optional<std::string_view> canonical_text(std::string_view raw, Slash slash,
                                               std::pmr::memory_resource& memory) {
  const Widths& table = table_for(slash);
  std::size_t at = plain_run(raw, slash);
  std::size_t size = at;
  std::size_t taken = 1;
  bool canonical = true;
  while (at < raw.size()) {
    const int byte = byte_at(raw, at, taken);
    if (byte < 0) return std::nullopt;
    size += table[byte];
    canonical = canonical && taken == table[byte];
    if (taken == 3) canonical = canonical && !is_lower(raw[at + 1]) && !is_lower(raw[at + 2]);
    at += taken;
    const std::size_t run = plain_run(raw.substr(at), slash);
    at += run;
    size += run;
  }
  if (canonical) return raw;
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
