#include "net/raw_head.hpp"

#include <algorithm>
#include <cstdint>

namespace signpost::net {

std::optional<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned) {
  std::size_t from = scanned > 3 ? scanned - 3 : 0;
  std::size_t at = bytes.find("\r\n\r\n", from);
  scanned = bytes.size();
  if (at == std::string_view::npos) return std::nullopt;
  return at + 4;
}

// Without a branch in the loop, so that the compiler looks at many bytes at a time.
bool has_control_byte(std::string_view text) {
  std::uint8_t found = 0;  // no wider than a byte: a lane for each
  for (char c : text) {
    auto b = static_cast<std::uint8_t>(c);
    found |=
        static_cast<std::uint8_t>((b < 0x20) & (b != '\t')) | static_cast<std::uint8_t>(b == 0x7f);
  }
  return found != 0;
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
