#include "storage/index_rows.hpp"

#include <chrono>

namespace signpost::storage {

std::int64_t now_milliseconds() {
  using namespace std::chrono;
  return floor<milliseconds>(system_clock::now()).time_since_epoch().count();
}

Milliseconds from_milliseconds(std::int64_t count) {
  return Milliseconds(std::chrono::milliseconds{count});
}

// "name NUL value NUL ...": neither may hold a NUL, for HTTP refuses it.
std::string pack(const ObjectFields& fields) {
  std::string packed;
  for (const auto& [name, value] : fields)
    packed.append(name).append(1, '\0').append(value).append(1, '\0');
  return packed;
}

ObjectFields unpack(std::string_view packed) {
  ObjectFields fields;
  auto next = [&] {
    std::size_t end = packed.find('\0');
    std::string text(packed.substr(0, end));
    packed.remove_prefix(end == std::string_view::npos ? packed.size() : end + 1);
    return text;
  };
  while (!packed.empty()) {
    std::string name = next();
    fields.emplace_back(std::move(name), next());
  }
  return fields;
}

std::size_t bytes_of(const StoredObject& object) {
  std::size_t bytes = sizeof object + object.info.key.size() + object.data.size() + 64;
  for (const auto& [name, value] : object.info.fields)
    bytes += sizeof(ObjectFields::value_type) + name.size() + value.size();
  return bytes;
}

StoredObject read_object(const sqlite::Statement& row) {
  StoredObject object;
  object.info.key = row.text(0);
  object.data = row.text(1);
  object.info.size = static_cast<std::uint64_t>(row.integer(2));
  object.info.etag = row.text(3);
  object.info.last_modified = from_milliseconds(row.integer(4));
  object.info.fields = unpack(row.text(5));
  if (!row.is_null(6)) object.info.checksum = {std::string(row.text(6)), std::string(row.text(7))};
  object.upload = row.optional_integer(8);
  object.info.parts = static_cast<std::uint32_t>(row.integer(9));
  object.small = row.optional_integer(10);
  return object;
}

std::optional<Existing> find_existing(sqlite::Database& database, std::int64_t bucket,
                                      std::string_view key) {
  auto find =
      database.prepare("SELECT data, etag, upload, small FROM object WHERE bucket=? AND key=?");
  find.bind(0, bucket).bind_blob(1, key);
  if (!find.step()) return std::nullopt;
  return Existing{std::string(find.text(0)), std::string(find.text(1)), find.optional_integer(2),
                  find.optional_integer(3)};
}

bool is_there(sqlite::Database& database, std::int64_t bucket) {
  auto find = database.prepare("SELECT 1 FROM bucket WHERE id=?");
  return find.bind(0, bucket).step();
}

// RFC 9110 section 13.1, for a write: nothing where the condition holds.
std::optional<Refusal> check(const WriteCondition& condition,
                             const std::optional<Existing>& existing) {
  if (condition.if_match) {
    if (!existing) return Refusal::no_such_key;
    if (*condition.if_match != "*" && *condition.if_match != existing->etag)
      return Refusal::precondition_failed;
  }
  if (condition.if_none_match_any && existing) return Refusal::precondition_failed;
  if (condition.if_none_match && existing && existing->etag == *condition.if_none_match)
    return Refusal::precondition_failed;
  return std::nullopt;
}

// Of a multipart object all its parts' files; their rows and the upload's go, and a small object's
// bytes.
Freed forget_data(sqlite::Database& database, const std::optional<Existing>& existing) {
  Freed freed;
  if (!existing) return freed;
  if (existing->upload) return forget_upload(database, *existing->upload);
  if (!existing->data.empty()) freed.data.push_back(existing->data);
  freed.small = existing->small;
  if (freed.small)
    database.prepare("DELETE FROM small_object WHERE id=?").bind(0, *freed.small).run();
  return freed;
}

Freed forget_upload(sqlite::Database& database, std::int64_t upload) {
  Freed freed;
  freed.upload = upload;
  auto parts = database.prepare("SELECT data FROM part WHERE upload=? AND data<>''");
  parts.bind(0, upload);
  while (parts.step()) freed.data.emplace_back(parts.text(0));
  database.prepare("DELETE FROM part WHERE upload=?").bind(0, upload).run();
  database.prepare("DELETE FROM upload WHERE id=?").bind(0, upload).run();
  return freed;
}

void insert_object(sqlite::Database& database, std::int64_t bucket, const StoredObject& object) {
  const ObjectInfo& info = object.info;
  auto insert = database.prepare(
      "INSERT OR REPLACE INTO object(bucket, key, data, size, etag, modified, fields,"
      " checksum_algorithm, checksum, upload, parts, small) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)");
  insert.bind(0, bucket)
      .bind_blob(1, info.key)
      .bind(2, object.data)
      .bind(3, static_cast<std::int64_t>(info.size))
      .bind(4, info.etag)
      .bind(5, info.last_modified.time_since_epoch().count())
      .bind_blob(6, pack(info.fields))
      .bind(9, object.upload)
      .bind(10, std::int64_t{info.parts})
      .bind(11, object.small);
  if (info.checksum) insert.bind(7, info.checksum->algorithm).bind(8, info.checksum->value);
  insert.run();
}

}  // namespace signpost::storage
