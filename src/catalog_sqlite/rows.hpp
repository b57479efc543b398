#pragma once

#include <string>
#include <string_view>

#include "domain/catalog.hpp"
#include "domain/file.hpp"
#include "domain/principal.hpp"
#include "sqlite/database.hpp"

namespace signpost::catalog_sqlite {

// The columns of `file` that read_file() takes, in its order, for use in a SELECT.
inline constexpr std::string_view file_columns =
    "id, name, content_type, size, sha256, state, owner, created_by, album, metadata, width, "
    "height,"
    " created_at, updated_at, bucket, key, etag, upload_type, upload_key, upload_expires_at, "
    "epoch, number";
inline constexpr int file_number_column = 21;

// What stands in the row. A value that no writer of ours puts there is damage: std::runtime_error.
domain::File read_file(const sqlite::Statement& row);
// id, name, owner, created_at, updated_at
domain::Album read_album(const sqlite::Statement& row);
domain::Principal read_principal(std::string_view text);

std::string pack_metadata(const std::map<std::string, std::string>& metadata);

// What one takes in memory, about.
std::size_t bytes_of(const domain::File& file);
std::size_t bytes_of(const domain::Session& session);
std::size_t bytes_of(const domain::ApiToken& token);

std::int64_t to_column(UnixSeconds time);
UnixSeconds to_time(std::int64_t column);

}  // namespace signpost::catalog_sqlite
