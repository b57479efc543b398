#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/index.hpp"

// Rows of the index, for the two files that read and write them.
namespace signpost::storage {

std::int64_t now_milliseconds();
Milliseconds from_milliseconds(std::int64_t count);
// "name NUL value NUL ...".
std::string pack(const ObjectFields& fields);
ObjectFields unpack(std::string_view packed);

// What read_object() reads; SELECT begins with it.
inline constexpr std::string_view select_object =
    "SELECT key, data, size, etag, modified, fields, checksum_algorithm, checksum, upload, parts,"
    " small FROM object ";
StoredObject read_object(const sqlite::Statement& row);

// In memory, about.
std::size_t bytes_of(const StoredObject& object);

struct Existing {
  DataId data;
  std::string etag;
  std::optional<std::int64_t> upload;
  std::optional<std::int64_t> small;
};
std::optional<Existing> find_existing(sqlite::Database& database, std::int64_t bucket,
                                      std::string_view key);
bool is_there(sqlite::Database& database, std::int64_t bucket);
// RFC 9110 section 13.1, for a write: nothing where the condition holds.
std::optional<Refusal> check(const WriteCondition& condition,
                             const std::optional<Existing>& existing);
void insert_object(sqlite::Database& database, std::int64_t bucket, const StoredObject& object);
// The files of what was there; the rows of its parts or its bytes go.
Freed forget_data(sqlite::Database& database, const std::optional<Existing>& existing);
Freed forget_upload(sqlite::Database& database, std::int64_t upload);

}  // namespace signpost::storage
