#include "cli/key_pattern.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"

namespace signpost::cli {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return is_alpha(c) || is_digit(c) || c == '_'; });
}

}  // namespace

std::expected<KeyPattern, std::string> KeyPattern::parse(std::string_view text,
                                                         std::string_view needs) {
  KeyPattern out;
  Values names;
  for (std::string_view rest = text; !rest.empty();) {
    const bool name = rest.starts_with('{');
    const std::size_t end = std::min(rest.find(name ? '}' : '{'), rest.size());
    const std::string_view part = name ? rest.substr(1, end - 1) : rest.substr(0, end);
    if (name && (end == rest.size() || !is_name(part)))
      return std::unexpected("a { begins a name such as {owner}, of letters, digits and _");
    if (name && !out.parts_.empty() && out.parts_.back().is_name)
      return std::unexpected(
          fmt::format("nothing stands between {{{}}} and the name before", part));
    if (name && !names.emplace(part, "").second)
      return std::unexpected(fmt::format("{{{}}} stands there twice", part));
    out.parts_.push_back({std::string(part), name});
    rest.remove_prefix(end + (name ? 1 : 0));
  }
  if (!names.contains(needs)) return std::unexpected(fmt::format("{{{}}} is not in it", needs));
  return out;
}

std::optional<KeyPattern::Values> KeyPattern::match(std::string_view key, Extent extent) const {
  Values values;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    if (!part.is_name) {
      if (!key.starts_with(part.text)) return std::nullopt;
      key.remove_prefix(part.text.size());
      continue;
    }
    std::size_t end = std::min(key.find('/'), key.size());
    if (i + 1 < parts_.size()) {
      const std::string& next = parts_[i + 1].text;
      const bool at_end = extent == Extent::whole && i + 2 == parts_.size();
      if (key.size() <= next.size()) return std::nullopt;
      const std::size_t found = at_end ? key.size() - next.size() : key.find(next, 1);
      if (found == std::string_view::npos || found > end) return std::nullopt;
      end = found;
    }
    if (end == 0) return std::nullopt;
    values.emplace(part.text, key.substr(0, end));
    key.remove_prefix(end);
  }
  if (extent == Extent::whole && !key.empty()) return std::nullopt;
  return values;
}

}  // namespace signpost::cli
