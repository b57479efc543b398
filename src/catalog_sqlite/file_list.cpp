// A page of a user's files: the query is built from fixed pieces, its values are bound.
#include "catalog_sqlite/file_list.hpp"

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "catalog_sqlite/rows.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"

namespace signpost::catalog_sqlite {

using namespace domain;

namespace {

std::string_view column_of(FileSortKey key) {
  switch (key) {
    case FileSortKey::created_at:
      return "created_at";
    case FileSortKey::name:
      return "name";
    case FileSortKey::size:
      return "ifnull(size,-1)";
  }
  std::unreachable();
}

// Where a page ends: the sort column's value and the row's number, which breaks ties.
struct Position {
  std::string value;
  std::int64_t number;
};

std::string to_text(const Position& position) {
  return std::to_string(position.number) + ":" + position.value;
}

std::optional<Position> parse_position(std::string_view text) {
  std::size_t colon = text.find(':');
  auto number = parse_u64(text.substr(0, colon));
  if (colon == std::string_view::npos || !number) return std::nullopt;
  return Position{std::string(text.substr(colon + 1)), static_cast<std::int64_t>(*number)};
}

// LIKE's own wildcards in the text stand for themselves.
std::string like_part(std::string_view text) {
  std::string pattern = "%";
  for (char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern.push_back('\\');
    pattern.push_back(c);
  }
  return pattern + "%";
}

void bind_filters(sqlite::Statement& find, const FileQuery& query) {
  if (query.owner) find.bind(0, query.owner->text());
  if (query.album) find.bind(1, query.album->text());
  if (query.text) find.bind(2, like_part(*query.text));
  if (!query.content_type) return;
  std::string_view type = *query.content_type;
  if (!type.ends_with("/*")) {
    find.bind(3, type);
    find.bind(7, like_part(*query.content_type + "; ").substr(1));  // the same with parameters
    return;
  }
  type.remove_suffix(1);
  find.bind(3, like_part(type).substr(1));
}

}  // namespace

std::string select_files(const FileQuery& query) {
  std::string_view column = column_of(query.sort.key);
  std::string_view direction = query.sort.descending ? "DESC" : "ASC";
  std::string sql = fmt::format("SELECT {}, {} FROM file WHERE true", file_columns, column);
  if (query.owner) sql += " AND owner=?1";
  if (query.album) sql += " AND album=?2";
  if (query.text) sql += " AND name LIKE ?3 ESCAPE '\\'";
  if (query.content_type) {
    sql += query.content_type->ends_with("/*")
               ? " AND content_type LIKE ?4 ESCAPE '\\'"
               : " AND (content_type=?4 COLLATE NOCASE OR content_type LIKE ?8"
                 " ESCAPE '\\')";
  }
  // SQLite finds the start of a row value in an index of columns, but not of expressions: the
  // plain comparison before it does that.
  if (query.after)
    sql += fmt::format(" AND {0}{1}=?5 AND ({0}, number){1}(?5, ?6)", column,
                       query.sort.descending ? "<" : ">");
  return sql + fmt::format(" ORDER BY {0} {1}, number {1} LIMIT ?7", column, direction);
}

std::expected<FilePage, CatalogError> SqliteCatalog::list_files(const FileQuery& query) {
  auto database = readers_.lease();
  auto find = database->prepare(select_files(query));
  bind_filters(find, query);
  if (query.after) {
    auto position = parse_position(*query.after);
    if (!position) return std::unexpected(CatalogError::taken);
    if (query.sort.key == FileSortKey::name) {
      find.bind(4, position->value);
    } else {
      bool negative = position->value.starts_with('-');
      auto value = parse_u64(std::string_view(position->value).substr(negative ? 1 : 0));
      if (!value) return std::unexpected(CatalogError::taken);
      find.bind(4,
                negative ? -static_cast<std::int64_t>(*value) : static_cast<std::int64_t>(*value));
    }
    find.bind(5, position->number);
  }
  find.bind(6,
            static_cast<std::int64_t>(query.limit + 1));  // one more, to know whether more follow
  FilePage page;
  Position last;
  while (find.step()) {
    if (page.items.size() == query.limit) {
      page.next = to_text(last);
      break;
    }
    page.items.push_back(read_file(find));
    last = {std::string(find.text(file_number_column + 1)), find.integer(file_number_column)};
  }
  return page;
}

}  // namespace signpost::catalog_sqlite
