#include "domain/catalog.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace signpost::domain {

bool is_username(std::string_view text) {
  constexpr std::size_t longest = 64;
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [](char c) {
    return is_alpha(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
  });
}

std::optional<FileSort> parse_file_sort(std::string_view text) {
  FileSort sort;
  sort.descending = text.starts_with('-');
  if (sort.descending) text.remove_prefix(1);
  if (text == "created_at") {
    sort.key = FileSortKey::created_at;
  } else if (text == "name") {
    sort.key = FileSortKey::name;
  } else if (text == "size") {
    sort.key = FileSortKey::size;
  } else {
    return std::nullopt;
  }
  return sort;
}

}  // namespace signpost::domain
