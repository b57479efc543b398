#include "net/raw_head.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace signpost::net {

std::optional<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned) {
  std::size_t from = scanned > 3 ? scanned - 3 : 0;
  std::size_t at = bytes.find("\r\n\r\n", from);
  scanned = bytes.size();
  if (at == std::string_view::npos) return std::nullopt;
  return at + 4;
}

namespace {

// Of a block of bytes, each in a lane of its own: a loop without a branch is one of vectors.
constexpr std::size_t block_bytes = 16;
using Lanes = std::array<std::uint8_t, block_bytes>;

constexpr std::uint8_t first_printable = 0x20;
constexpr std::uint8_t del = 0x7f;

bool is_control(char c) {
  auto b = static_cast<std::uint8_t>(c);
  return (b < first_printable && c != '\t') || b == del;
}

// The least byte of each lane so far, and whether one was DEL.
struct Seen {
  Lanes least = filled(first_printable);
  Lanes dels = filled(0);

  static constexpr Lanes filled(std::uint8_t value) {
    Lanes out{};
    out.fill(value);
    return out;
  }
  void look_at(const char* block) {
    for (std::size_t i = 0; i < block_bytes; ++i) {
      auto b = static_cast<std::uint8_t>(block[i]);
      least[i] = std::min(least[i], b);
      dels[i] |= static_cast<std::uint8_t>(b == del ? 0xff : 0);
    }
  }
  // Of nearly every text, none: not even a tab.
  bool any() const {
    std::uint8_t out = 0;
    for (std::size_t i = 0; i < block_bytes; ++i)
      out |= static_cast<std::uint8_t>(dels[i] | (least[i] < first_printable ? 1 : 0));
    return out != 0;
  }
};

}  // namespace

// The last block overlaps the one before.
bool has_control_byte(std::string_view text) {
  if (text.size() >= block_bytes) {
    Seen seen;
    for (std::size_t at = 0; at + block_bytes < text.size(); at += block_bytes)
      seen.look_at(text.data() + at);
    seen.look_at(text.data() + text.size() - block_bytes);
    if (!seen.any()) return false;
  }
  return std::ranges::any_of(text, is_control);
}

namespace {

// What is wrong with a line that ends where the next line feed stands, if it is the line's end.
std::optional<std::string_view> defect_of_line(std::string_view line, bool ends) {
  if (line.find('\r') != line.npos) return "a carriage return stands alone";
  if (!ends) return "a line feed stands alone";
  if (has_control_byte(line)) return "a control byte stands in the head";
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> defect_of_head(std::string_view head) {
  for (bool first = true; !head.empty(); first = false) {
    // The request line itself starts the head, and may not be folded either.
    if (!first && (head.front() == ' ' || head.front() == '\t'))
      return "a field is folded over two lines";
    std::size_t feed = std::min(head.find('\n'), head.size());
    bool ends = feed < head.size() && feed > 0 && head[feed - 1] == '\r';
    std::string_view line = head.substr(0, ends ? feed - 1 : feed);
    if (auto defect = defect_of_line(line, ends || feed == head.size())) return defect;
    head.remove_prefix(std::min(feed + 1, head.size()));
  }
  return std::nullopt;
}

}  // namespace signpost::net
