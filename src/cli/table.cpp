#include "cli/table.hpp"

#include <algorithm>

#include "cli/terminal.hpp"

namespace signpost::cli {
namespace {

// In characters, not bytes: what continues one in UTF-8 is none of its own.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

}  // namespace

std::string table(const std::vector<std::string>& titles,
                  const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::vector<std::string>> lines{titles};
  lines.insert(lines.end(), rows.begin(), rows.end());
  std::vector<std::size_t> widths(titles.size(), 0);
  for (auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      line[i] = printable(line[i]);
      widths[i] = std::max(widths[i], width_of(line[i]));
    }
  }
  std::string out;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      out += line[i];
      const bool last = i + 1 == line.size();
      out.append(last ? 0 : widths[i] - width_of(line[i]) + 2, ' ');
    }
    out += '\n';
  }
  return out;
}

}  // namespace signpost::cli
