// Files and the objects that they leave behind.
#include <fmt/format.h>

#include "catalog_sqlite/keyed.hpp"
#include "catalog_sqlite/rows.hpp"
#include "catalog_sqlite/schema.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"
#include "catalog_sqlite/statements.hpp"
#include "catalog_sqlite/withdrawals.hpp"

namespace signpost::catalog_sqlite {

using namespace domain;

namespace {

using FileResult = std::expected<File, CatalogError>;

void doom(sqlite::Database& database, const std::string& bucket, const std::string& key) {
  database.prepare("INSERT OR IGNORE INTO doomed_object(bucket, key) VALUES(?,?)")
      .bind_all(std::string_view(bucket), std::string_view(key))
      .run();
}

// Everything that the file has in the store, its staging key included.
void doom_objects(sqlite::Database& database, const File& file) {
  doom(database, file.object.bucket, file.object.key);
  if (file.upload && file.upload->key != file.object.key)
    doom(database, file.object.bucket, file.upload->key);
}

std::optional<std::string> album_text(const File& file) {
  return file.album ? std::optional(file.album->text()) : std::nullopt;
}

// Asked within the transaction: else a file could be in an album that somebody makes later.
bool has_its_album(sqlite::Database& database, const File& file) {
  if (!file.album) return true;
  auto find = database.prepare("SELECT 1 FROM album WHERE id=?");
  return find.bind(0, file.album->text()).step();
}

bool is_of_another(sqlite::Database& database, const ObjectRef& object) {
  auto find = database.prepare("SELECT 1 FROM file WHERE bucket=? AND key=?");
  return find.bind_all(std::string_view(object.bucket), std::string_view(object.key)).step();
}

// Its bytes are about to go.
bool is_doomed(sqlite::Database& database, const ObjectRef& object) {
  auto find = database.prepare("SELECT 1 FROM doomed_object WHERE bucket=? AND key=?");
  find.bind_all(std::string_view(object.bucket), std::string_view(object.key));
  return find.step();
}

void insert_file(sqlite::Database& database, const File& file) {
  auto insert = database.prepare(
      "INSERT INTO file(id, name, content_type, size, sha256, state, owner, created_by, album,"
      " metadata, width, height, created_at, updated_at, bucket, key, etag, upload_type,"
      " upload_key, upload_expires_at, epoch) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  auto number = [](const auto& value) {
    return value ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
  };
  insert.bind(0, file.id.text())
      .bind(1, file.name)
      .bind(2, file.content_type.text())
      .bind(3, number(file.size))
      .bind(4, file.sha256)
      .bind(5, to_text(file.state))
      .bind(6, file.owner.text())
      .bind(7, file.created_by.text())
      .bind(8, album_text(file))
      .bind_blob(9, pack_metadata(file.metadata))
      .bind(10, number(file.width))
      .bind(11, number(file.height))
      .bind(12, to_column(file.created_at))
      .bind(13, to_column(file.updated_at))
      .bind(14, file.object.bucket)
      .bind(15, file.object.key)
      .bind(16, file.etag);
  if (file.upload)
    insert.bind(17, to_text(file.upload->type))
        .bind(18, file.upload->key)
        .bind(19, to_column(file.upload->expires_at));
  insert.bind(20, static_cast<std::int64_t>(file.epoch)).run();
}

// The entry that was seen, as it is now; nothing where another has its id by now.
std::optional<File> find_same(sqlite::Database& database, const File& seen) {
  auto file = find_file_in(database, seen.id);
  if (file && file->object != seen.object) return std::nullopt;
  return file;
}

// The file if it is still pending: what complete and fail start from.
FileResult still_pending(std::optional<File> file) {
  if (!file) return std::unexpected(CatalogError::not_found);
  if (file->state != FileState::pending) return std::unexpected(CatalogError::wrong_state);
  return *std::move(file);
}

// The entry and all that is of it; its objects are doomed.
void remove_file(sqlite::Database& database, const File& file) {
  withdraw_file(database, file);
  forget_epochs(database, file.id);
  database.prepare("DELETE FROM file WHERE id=?").bind(0, file.id.text()).run();
  // Else they would be there for whoever takes the id next.
  database.prepare("DELETE FROM access_grant WHERE kind='file' AND target=?")
      .bind(0, file.id.text())
      .run();
  doom_objects(database, file);
}

// Many rows are more than the processor's first caches hold: what a row has, and then the texts
// that it points to, is asked for while something else is done, so that nobody waits for it later.
void fetch_ahead(const File& file) {
  constexpr std::size_t cache_line = 64;
  const char* const at = reinterpret_cast<const char*>(&file);
  for (std::size_t i = 0; i < sizeof file; i += cache_line) __builtin_prefetch(at + i);
}

void fetch_texts_ahead(const File& file) {
  for (const std::string* text :
       {&file.name, &file.content_type.text(), &file.owner.text(), &file.object.key})
    __builtin_prefetch(text->data());
}

}  // namespace

std::string_view select_file() {
  static const std::string sql = fmt::format("SELECT {} FROM file WHERE id=?", file_columns);
  return sql;
}

std::optional<File> find_file_in(sqlite::Database& database, const FileId& id) {
  auto find = database.prepare(select_file());
  if (!find.bind(0, id.text()).step()) return std::nullopt;
  return read_file(find);
}

SqliteCatalog::SqliteCatalog(const std::string& file, std::size_t cache_bytes)
    : readers_(file),
      group_commit_(file, migrations(),
                    {.begun = [this] { on_begun(); }, .committed = [this] { on_committed(); }}),
      watch_(file),
      file_cache_(watch_, cache_bytes / 2),
      session_cache_(watch_, cache_bytes / 8),
      token_cache_(watch_, cache_bytes / 8),
      epoch_cache_(watch_, cache_bytes / 4) {}

void SqliteCatalog::on_begun() {
  before_ = watch_.now();
  touched_ = nothing();
}

// Where another process has committed right after this, the mark is not the next one; then nothing
// is done, and the rows are worthless.
void SqliteCatalog::on_committed() {
  auto after = watch_.now();
  if (touched_.everything || !before_ || !after || !after->is_next_after(*before_)) return;
  file_cache_.advance(*before_, *after, touched_.files);
  session_cache_.advance(*before_, *after, touched_.sessions);
  token_cache_.advance(*before_, *after, {});
  if (!touched_.url_epochs) epoch_cache_.advance(*before_, *after, {});
}

std::vector<File> SqliteCatalog::scan_files(std::string_view after, std::size_t limit) {
  auto database = readers_.lease();
  auto find = database->prepare(
      fmt::format("SELECT {} FROM file WHERE id>? ORDER BY id LIMIT ?", file_columns));
  find.bind_all(after, static_cast<std::int64_t>(limit));
  std::vector<File> out;
  while (find.step()) out.push_back(read_file(find));
  return out;
}

bool SqliteCatalog::names_object(const ObjectRef& object) {
  auto database = readers_.lease();
  return is_of_another(*database, object) || is_doomed(*database, object);
}

std::expected<void, CatalogError> SqliteCatalog::create_file(const File& file, Keyed answer) {
  using Result = std::expected<void, CatalogError>;
  try {
    return write(only(file.id), [&](sqlite::Database& database) {
      return create_once(database, answer, [&]() -> Result {
        if (!has_its_album(database, file)) return std::unexpected(CatalogError::no_album);
        if (is_of_another(database, file.object) || is_doomed(database, file.object))
          return std::unexpected(CatalogError::object_taken);
        insert_file(database, file);
        return {};
      });
    });
  } catch (const sqlite::Error& error) {
    if (error.is_unique_violation()) return std::unexpected(CatalogError::taken);
    throw;
  }
}

Row<File> SqliteCatalog::read_file_row(sqlite::Database& database, const FileId& id,
                                       const sqlite::RowCache<File>::Mark& mark) {
  auto file = find_file_in(database, id);
  if (!file) return nullptr;
  const std::size_t bytes = bytes_of(*file);
  auto row = std::make_shared<const File>(*std::move(file));
  file_cache_.keep(id.text(), row, bytes, mark);
  return row;
}

Row<File> SqliteCatalog::find_file(const FileId& id) {
  auto mark = file_cache_.mark();
  if (auto kept = file_cache_.find(id.text(), mark)) {
    fetch_ahead(*kept);
    fetch_texts_ahead(*kept);
    return kept;
  }
  auto database = readers_.lease();
  return read_file_row(*database, id, mark);
}

std::vector<Row<File>> SqliteCatalog::find_files(std::span<const FileId> ids) {
  constexpr std::size_t rows_ahead = 8;
  auto mark = file_cache_.mark();
  auto database = readers_.lease();
  std::optional<sqlite::ReadTransaction> transaction;  // one for all that must be read
  std::vector<Row<File>> found;
  found.reserve(ids.size());
  for (const FileId& id : ids) {
    Row<File> row = file_cache_.find(id.text(), mark);
    if (!row) {
      if (!transaction) transaction.emplace(*database);
      row = read_file_row(*database, id, mark);
    }
    if (row) fetch_ahead(*row);
    found.push_back(std::move(row));
    if (found.size() > rows_ahead)
      if (const Row<File>& earlier = found[found.size() - rows_ahead]; earlier)
        fetch_texts_ahead(*earlier);
  }
  return found;
}

FileResult SqliteCatalog::complete_file(const File& seen, const FileCompletion& completion,
                                        UnixSeconds now) {
  const FileId& id = seen.id;
  return write(only(id), [&](sqlite::Database& database) -> FileResult {
    auto file = still_pending(find_same(database, seen));
    if (!file) return file;
    database
        .prepare(
            "UPDATE file SET state='ready', size=?, content_type=?, sha256=?, etag=?, updated_at=?,"
            " upload_type=NULL, upload_key=NULL, upload_expires_at=NULL WHERE id=?")
        .bind_all(static_cast<std::int64_t>(completion.size),
                  std::string_view(completion.content_type.text()), completion.sha256,
                  std::string_view(completion.etag), to_column(now), std::string_view(id.text()))
        .run();
    if (file->upload && file->upload->key != file->object.key)
      doom(database, file->object.bucket, file->upload->key);
    return *find_file_in(database, id);
  });
}

FileResult SqliteCatalog::fail_file(const File& seen, UnixSeconds now) {
  const FileId& id = seen.id;
  return write(only(id), [&](sqlite::Database& database) -> FileResult {
    auto file = still_pending(find_same(database, seen));
    if (!file) return file;
    database
        .prepare(
            "UPDATE file SET state='failed', updated_at=?, upload_type=NULL, upload_key=NULL,"
            " upload_expires_at=NULL WHERE id=?")
        .bind_all(to_column(now), std::string_view(id.text()))
        .run();
    doom_objects(database, *file);
    return *find_file_in(database, id);
  });
}

FileResult SqliteCatalog::patch_file(const File& seen, const FilePatch& patch, UnixSeconds now) {
  const FileId& id = seen.id;
  return write(only(id), [&](sqlite::Database& database) -> FileResult {
    auto file = find_same(database, seen);
    if (!file) return std::unexpected(CatalogError::not_found);
    const auto album = file->album;
    if (patch.name) file->name = *patch.name;
    if (patch.album) file->album = *patch.album;
    if (!has_its_album(database, *file)) return std::unexpected(CatalogError::no_album);
    if (patch.metadata) file->metadata = *patch.metadata;
    auto update =
        database.prepare("UPDATE file SET name=?, album=?, metadata=?, updated_at=? WHERE id=?");
    update.bind(0, file->name)
        .bind(1, album_text(*file))
        .bind_blob(2, pack_metadata(file->metadata))
        .bind(3, to_column(now))
        .bind(4, id.text())
        .run();
    // Whoever saw it by the album it was in does not any more.
    if (album && album != file->album) withdraw_file(database, *file);
    return *find_file_in(database, id);
  });
}

FileResult SqliteCatalog::delete_file(const File& seen, UnixSeconds) {
  return write(only(seen.id), [&](sqlite::Database& database) -> FileResult {
    auto file = find_same(database, seen);
    if (!file) return std::unexpected(CatalogError::not_found);
    remove_file(database, *file);
    touched_.url_epochs = true;
    return *std::move(file);
  });
}

IdleFiles SqliteCatalog::idle_files(UnixSeconds before, std::size_t limit) {
  auto database = readers_.lease();
  IdleFiles out;
  auto count = database->prepare("SELECT count(*) FROM file WHERE state='pending'");
  if (count.step()) out.open = static_cast<std::size_t>(count.integer(0));
  auto find = database->prepare(
      "SELECT id FROM file WHERE state='pending' AND upload_expires_at<? AND updated_at<?"
      " ORDER BY upload_expires_at LIMIT ?");
  find.bind_all(to_column(before), to_column(before), static_cast<std::int64_t>(limit));
  while (find.step())
    if (auto id = FileId::parse(find.text(0))) out.idle.push_back(*std::move(id));
  return out;
}

FileResult SqliteCatalog::delete_idle_file(const FileId& id, UnixSeconds before) {
  return write(only(id), [&](sqlite::Database& database) -> FileResult {
    auto file = still_pending(find_file_in(database, id));
    if (!file) return file;
    if (!file->upload || file->upload->expires_at >= before || file->updated_at >= before)
      return std::unexpected(CatalogError::wrong_state);
    remove_file(database, *file);
    touched_.url_epochs = true;
    return file;
  });
}

std::vector<ObjectRef> SqliteCatalog::doomed_objects(std::string_view bucket, std::size_t limit) {
  auto database = readers_.lease();
  auto find =
      database->prepare("SELECT key FROM doomed_object WHERE bucket=? ORDER BY number LIMIT ?");
  find.bind_all(bucket, static_cast<std::int64_t>(limit));
  std::vector<ObjectRef> objects;
  while (find.step()) objects.push_back({std::string(bucket), std::string(find.text(0))});
  return objects;
}

void SqliteCatalog::forget_doomed_object(const ObjectRef& object) {
  write(nothing(), [&](sqlite::Database& database) {
    database.prepare("DELETE FROM doomed_object WHERE bucket=? AND key=?")
        .bind_all(std::string_view(object.bucket), std::string_view(object.key))
        .run();
  });
}

void SqliteCatalog::postpone_doomed_object(const ObjectRef& object) {
  // No new row: one that is doomed no more may be the object of a new entry.
  write(nothing(), [&](sqlite::Database& database) {
    database
        .prepare(
            "UPDATE doomed_object SET number=(SELECT max(number)+1 FROM doomed_object)"
            " WHERE bucket=? AND key=?")
        .bind_all(std::string_view(object.bucket), std::string_view(object.key))
        .run();
  });
}

}  // namespace signpost::catalog_sqlite
