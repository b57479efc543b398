#include "net/raw_head.hpp"

#include <cstdint>

namespace signpost::net {

std::optional<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned) {
  std::size_t from = scanned > 3 ? scanned - 3 : 0;
  std::size_t at = bytes.find("\r\n\r\n", from);
  scanned = bytes.size();
  if (at == std::string_view::npos) return std::nullopt;
  return at + 4;
}

std::optional<std::string_view> defect_of_head(std::string_view head) {
  bool line_start = false;  // the request line itself starts the head, and may not be folded either
  for (std::size_t i = 0; i < head.size(); ++i) {
    auto c = static_cast<std::uint8_t>(head[i]);
    if (line_start && (c == ' ' || c == '\t')) return "a field is folded over two lines";
    line_start = false;
    if (c == '\r') {
      if (i + 1 >= head.size() || head[i + 1] != '\n') return "a carriage return stands alone";
      ++i;
      line_start = true;
    } else if (c == '\n') {
      return "a line feed stands alone";
    } else if ((c < 0x20 && c != '\t') || c == 0x7f) {
      return "a control byte stands in the head";
    }
  }
  return std::nullopt;
}

}  // namespace signpost::net
