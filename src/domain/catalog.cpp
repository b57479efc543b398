#include "domain/catalog.hpp"

namespace signpost::domain {

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
