#include "credentials/profile_file.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace signpost::credentials {
namespace {

// profile "my work" -> profile my work
std::string section_name(std::string_view text) {
  std::string name;
  for (const char c : trim(text)) {
    if (c == '"' || c == '\'') continue;
    if (c == '\t') {
      name += ' ';
    } else if (c != ' ' || name.empty() || name.back() != ' ') {
      name += c;
    }
  }
  return name;
}

bool is_comment(std::string_view line) {
  return line.starts_with('#') || line.starts_with(';');
}

}  // namespace

ProfileFile parse_profile_file(std::string_view text) {
  ProfileFile out;
  Section* section = nullptr;
  std::string parent;  // the name above indented lines; empty: none
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool indented = line.starts_with(' ') || line.starts_with('\t');
    line = trim(line);
    if (line.empty() || is_comment(line)) continue;
    if (!indented && line.starts_with('[')) {
      const std::size_t close = line.find(']');
      section = nullptr;
      parent.clear();
      if (close != std::string_view::npos) section = &out[section_name(line.substr(1, close - 1))];
      continue;
    }
    const std::size_t equals = line.find('=');
    if (section == nullptr || equals == std::string_view::npos) continue;
    std::string name = to_lower(trim(line.substr(0, equals)));
    const std::string_view value = trim(line.substr(equals + 1));
    if (indented && !parent.empty()) {
      name = parent + "." + name;
    } else {
      parent = value.empty() ? name : "";
    }
    (*section)[name] = value;
  }
  return out;
}

}  // namespace signpost::credentials
