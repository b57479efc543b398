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

constexpr std::size_t at_once = 16;

// Whether all of sixteen bytes are letters, digits, or one of "-._" ("/" too where it is kept):
// most of what is left as it is. Without branches, so that the compiler tests them all at once.
template <Slash slash>
bool all_plain(const char* text) {
  bool other = false;
  for (std::size_t i = 0; i < at_once; ++i) {
    const auto c = static_cast<std::uint8_t>(text[i]);
    const bool letter = static_cast<std::uint8_t>((c | 0x20) - 'a') < 26;
    const bool digit_or_mark = static_cast<std::uint8_t>(c - '-') < 13;  // - . / 0 to 9
    const bool kept = slash == Slash::keep || c != '/';
    other |= !((letter | digit_or_mark | (c == '_')) & kept);
  }
  return !other;
}

// How many bytes at the front are left as they are.
template <Slash slash>
std::size_t plain_run(std::string_view bytes) {
  std::size_t at = 0;
  while (bytes.size() - at >= at_once && all_plain<slash>(bytes.data() + at)) at += at_once;
  if (at == bytes.size()) return at;
  if (bytes.size() < at_once) {
    char padded[at_once];
    std::memset(padded, 'a', at_once);
    std::memcpy(padded, bytes.data(), bytes.size());
    if (all_plain<slash>(padded)) return bytes.size();
  } else if (bytes.size() - at < at_once) {
    // The last sixteen, some of which were looked at already.
    if (all_plain<slash>(bytes.data() + bytes.size() - at_once)) return bytes.size();
  }
  const Widths& table = table_for(slash);
  while (at < bytes.size() && table[static_cast<std::uint8_t>(bytes[at])] == 1) ++at;
  return at;
}

std::size_t plain_run(std::string_view bytes, Slash slash) {
  return slash == Slash::keep ? plain_run<Slash::keep>(bytes) : plain_run<Slash::encode>(bytes);
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
