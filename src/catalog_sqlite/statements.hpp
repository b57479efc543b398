#pragma once

#include <optional>
#include <string_view>

#include "domain/file.hpp"
#include "sqlite/database.hpp"

// Statements that every decision runs; here so that a test can ask how SQLite goes about them.
namespace signpost::catalog_sqlite {

// The columns of rows.hpp's read_file(). Parameter: 1 id.
std::string_view select_file();
// That, run on a connection or within a transaction.
std::optional<domain::File> find_file_in(sqlite::Database& database, const domain::FileId& id);
// grantee, role, created_at; the album's owner comes with the role "owner". Parameters: 1 the id of
// a file or null, 2 of an album or null, 3 the grantees' texts as a JSON array.
std::string_view select_grants();

}  // namespace signpost::catalog_sqlite
