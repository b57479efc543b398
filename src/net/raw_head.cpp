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

void find_control_bytes(const char* block, Lanes& found) {
  for (std::size_t i = 0; i < block_bytes; ++i) {
    auto b = static_cast<std::uint8_t>(block[i]);
    found[i] |=
        static_cast<std::uint8_t>((b < 0x20) & (b != '\t')) | static_cast<std::uint8_t>(b == 0x7f);
  }
}

bool is_any_set(const Lanes& lanes) {
  std::array<std::uint64_t, 2> halves;
  static_assert(sizeof halves == sizeof lanes);
  std::memcpy(halves.data(), lanes.data(), sizeof lanes);
  return (halves[0] | halves[1]) != 0;
}

}  // namespace

// The last block overlaps the one before, or is filled up.
bool has_control_byte(std::string_view text) {
  Lanes found{};
  if (text.size() >= block_bytes) {
    for (std::size_t at = 0; at + block_bytes < text.size(); at += block_bytes)
      find_control_bytes(text.data() + at, found);
    find_control_bytes(text.data() + text.size() - block_bytes, found);
  } else {
    std::array<char, block_bytes> block;
    block.fill(' ');
    std::ranges::copy(text, block.begin());
    find_control_bytes(block.data(), found);
  }
  return is_any_set(found);
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
