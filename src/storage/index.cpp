#include "storage/index.hpp"

#include <sqlite3.h>

#include <array>

#include "storage/index_rows.hpp"

namespace signpost::storage {
namespace {

// Keys are BLOBs, so that they sort by their bytes. Tables are only ever added to
// (docs/formats/store.md).
constexpr std::array<const char*, 6> migrations = {R"sql(
  CREATE TABLE access_key(
    id TEXT PRIMARY KEY, secret TEXT NOT NULL, owner TEXT NOT NULL, created INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE bucket(
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, owner TEXT NOT NULL,
    created INTEGER NOT NULL, cors TEXT, cors_version INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE object(
    bucket INTEGER NOT NULL REFERENCES bucket(id), key BLOB NOT NULL, data TEXT NOT NULL,
    size INTEGER NOT NULL, etag TEXT NOT NULL, modified INTEGER NOT NULL, fields BLOB NOT NULL,
    checksum_algorithm TEXT, checksum TEXT,
    PRIMARY KEY(bucket, key)
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX object_data ON object(data) WHERE data <> '';
  CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO counter VALUES('cors_version', 0);
)sql",
                                                   R"sql(
  CREATE TABLE upload(
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, bucket INTEGER NOT NULL,
    key BLOB NOT NULL, started INTEGER NOT NULL, fields BLOB NOT NULL,
    checksum_algorithm TEXT, checksum_type TEXT NOT NULL, completed TEXT
  );
  CREATE INDEX upload_under_way ON upload(bucket, key, id) WHERE completed IS NULL;
  CREATE TABLE part(
    upload INTEGER NOT NULL, number INTEGER NOT NULL, data TEXT NOT NULL, size INTEGER NOT NULL,
    etag TEXT NOT NULL, modified INTEGER NOT NULL, checksum_algorithm TEXT, checksum TEXT,
    PRIMARY KEY(upload, number)
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX part_data ON part(data) WHERE data <> '';
  ALTER TABLE object ADD COLUMN upload INTEGER;
  ALTER TABLE object ADD COLUMN parts INTEGER NOT NULL DEFAULT 0;
)sql",
                                                   R"sql(
  ALTER TABLE access_key ADD COLUMN bucket TEXT;
  ALTER TABLE access_key ADD COLUMN read_only INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE bucket ADD COLUMN tags TEXT;
)sql",
                                                   R"sql(
  CREATE TABLE withdrawn_ticket(
    bucket INTEGER NOT NULL, tag TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY(bucket, tag)
  ) WITHOUT ROWID;
  CREATE INDEX withdrawn_ticket_end ON withdrawn_ticket(until);
)sql",
                                                   R"sql(
  CREATE TABLE fetched(
    number INTEGER PRIMARY KEY AUTOINCREMENT, bucket INTEGER NOT NULL, ticket TEXT NOT NULL,
    key BLOB NOT NULL, requests INTEGER NOT NULL, bytes INTEGER NOT NULL, first INTEGER NOT NULL,
    last INTEGER NOT NULL
  );
  CREATE INDEX fetched_by_bucket ON fetched(bucket, number);
  INSERT INTO counter VALUES('fetched_epoch', random() & 0x7fffffffffffffff);
)sql",
                                                   R"sql(
  CREATE TABLE small_object(id INTEGER PRIMARY KEY, crc32c INTEGER NOT NULL, bytes BLOB NOT NULL);
  ALTER TABLE object ADD COLUMN small INTEGER;
)sql"};

const std::string find_object = std::string(select_object) + "WHERE bucket=? AND key=?";
const std::string list_objects =
    std::string(select_object) +
    "WHERE bucket=?1 AND key>=?2 AND (length(?3)=0 OR key<?3) ORDER BY key";

// Collects a page from rows that come in the order of their keys.
class PageBuilder {
 public:
  explicit PageBuilder(const ListQuery& query) : query_(query) {}

  // False once the page is full.
  bool add(const sqlite::Statement& row) {
    std::string_view key = row.text(0);
    if (page_.entries.size() == query_.max_entries) {
      page_.truncated = true;
      return false;
    }
    std::size_t at = query_.delimiter.empty() ? std::string_view::npos
                                              : key.find(query_.delimiter, query_.prefix.size());
    if (at == std::string_view::npos) {
      page_.entries.push_back({false, read_object(row).info});
      page_.next_from = just_after(key);
      return true;
    }
    ObjectInfo rolled_up;
    rolled_up.key = key.substr(0, at + query_.delimiter.size());
    page_.next_from = after_prefix(rolled_up.key);
    page_.entries.push_back({true, std::move(rolled_up)});
    skipped_ = true;
    return true;
  }

  // True once after a common prefix: the keys below it are to be skipped by a new search.
  bool take_skip() { return std::exchange(skipped_, false); }
  const std::string& next_from() const { return page_.next_from; }
  bool has_begun() const { return !page_.entries.empty(); }
  ListPage finish() {
    if (!page_.truncated) page_.next_from.clear();
    return std::move(page_);
  }

 private:
  const ListQuery& query_;
  ListPage page_;
  bool skipped_ = false;
};

}  // namespace

Index::Index(const std::string& file) : file_(file), readers_(file), writer_(file, migrations) {
  reload();
  has_withdrawn_tickets_ = read_has_withdrawn_tickets();
}

std::shared_ptr<const Index::Snapshot> Index::snapshot() const {
  if (stale_) reload();
  std::scoped_lock lock(mutex_);
  return snapshot_;
}

void Index::reload() const {
  // One at a time, so that an older reading never replaces a newer one.
  std::scoped_lock only(reload_mutex_);
  try {
    read_snapshot();
    stale_ = false;
  } catch (...) {
    stale_ = true;
    throw;
  }
}

void Index::read_snapshot() const {
  auto fresh = std::make_shared<Snapshot>();
  auto database = readers_.lease();
  auto buckets =
      database->prepare("SELECT id, name, owner, created, cors, cors_version, tags FROM bucket");
  while (buckets.step()) {
    auto bucket = std::make_shared<BucketInfo>();
    bucket->id = buckets.integer(0);
    bucket->name = buckets.text(1);
    bucket->owner = buckets.text(2);
    bucket->created = from_milliseconds(buckets.integer(3));
    bucket->cors = buckets.optional_text(4);
    bucket->cors_version = buckets.integer(5);
    bucket->tags = buckets.optional_text(6);
    fresh->buckets.emplace(bucket->name, bucket);
  }
  auto keys =
      database->prepare("SELECT id, secret, owner, bucket, read_only, created FROM access_key");
  while (keys.step()) {
    AccessKey key{std::string(keys.text(0)), Secret(keys.text(1)), std::string(keys.text(2)),
                  keys.optional_text(3),     keys.integer(4) != 0, {}};
    key.created = from_milliseconds(keys.integer(5));
    fresh->access_keys.emplace(key.id, std::make_shared<const AccessKey>(key));
  }
  std::scoped_lock lock(mutex_);
  snapshot_ = std::move(fresh);
}

void Index::put_access_key(const AccessKey& key) {
  writer_.submit([&](sqlite::Database& database) {
    database
        .prepare(
            "INSERT INTO access_key(id, secret, owner, created, bucket, read_only)"
            " VALUES(?,?,?,?,?,?) ON CONFLICT(id) DO UPDATE SET secret=excluded.secret,"
            " owner=excluded.owner, bucket=excluded.bucket, read_only=excluded.read_only")
        .bind(0, key.id)
        .bind(1, key.secret.reveal())
        .bind(2, key.owner)
        .bind(3, now_milliseconds())
        .bind(4, key.bucket)
        .bind(5, std::int64_t{key.read_only})
        .run();
  });
  reload();
}

bool Index::remove_access_key(std::string_view id) {
  bool removed = writer_.submit([&](sqlite::Database& database) {
    database.prepare("DELETE FROM access_key WHERE id=?").bind(0, id).run();
    return database.changes() > 0;
  });
  reload();
  return removed;
}

std::expected<void, Refusal> Index::create_bucket(const std::string& name,
                                                  const std::string& owner) {
  auto existing = writer_.submit([&](sqlite::Database& database) -> std::optional<std::string> {
    auto find = database.prepare("SELECT owner FROM bucket WHERE name=?");
    if (find.bind(0, name).step()) return std::string(find.text(0));
    database.prepare("INSERT INTO bucket(name, owner, created) VALUES(?,?,?)")
        .bind_all(std::string_view(name), std::string_view(owner), now_milliseconds())
        .run();
    return std::nullopt;
  });
  if (existing)
    return std::unexpected(*existing == owner ? Refusal::bucket_owned : Refusal::bucket_exists);
  reload();
  return {};
}

std::expected<std::int64_t, Refusal> Index::delete_bucket(const std::string& name) {
  using Result = std::expected<std::int64_t, Refusal>;
  auto gone = writer_.submit([&](sqlite::Database& database) -> Result {
    auto find = database.prepare("SELECT id FROM bucket WHERE name=?");
    if (!find.bind(0, name).step()) return std::unexpected(Refusal::no_such_bucket);
    std::int64_t id = find.integer(0);
    auto used = database.prepare("SELECT 1 FROM object WHERE bucket=? LIMIT 1");
    if (used.bind(0, id).step()) return std::unexpected(Refusal::bucket_not_empty);
    database.prepare("DELETE FROM withdrawn_ticket WHERE bucket=?").bind(0, id).run();
    database.prepare("DELETE FROM fetched WHERE bucket=?").bind(0, id).run();
    database.prepare("DELETE FROM bucket WHERE id=?").bind(0, id).run();
    return id;
  });
  if (gone) reload();
  return gone;
}

std::expected<void, Refusal> Index::put_cors(const std::string& bucket,
                                             const std::optional<std::string>& document) {
  bool found = writer_.submit([&](sqlite::Database& database) {
    database.execute("UPDATE counter SET value=value+1 WHERE name='cors_version'");
    database
        .prepare(
            "UPDATE bucket SET cors=?, cors_version=(SELECT value FROM counter WHERE"
            " name='cors_version') WHERE name=?")
        .bind(0, document)
        .bind(1, bucket)
        .run();
    return database.changes() > 0;
  });
  if (!found) return std::unexpected(Refusal::no_such_bucket);
  reload();
  return {};
}

std::expected<void, Refusal> Index::put_bucket_tags(const std::string& bucket,
                                                    const std::optional<std::string>& tags) {
  bool found = writer_.submit([&](sqlite::Database& database) {
    database.prepare("UPDATE bucket SET tags=? WHERE name=?").bind(0, tags).bind(1, bucket).run();
    return database.changes() > 0;
  });
  if (!found) return std::unexpected(Refusal::no_such_bucket);
  reload();
  return {};
}

std::shared_ptr<const StoredObject> Index::find(std::int64_t bucket, std::string_view key) const {
  const std::string row_key = IndexWriter::key_of(bucket, key);
  const auto mark = writer_.rows().mark();
  if (auto kept = writer_.rows().find(row_key, mark)) return kept;
  auto database = readers_.lease();
  auto find = database->prepare(find_object);
  find.bind(0, bucket).bind_blob(1, key);
  if (!find.step()) return nullptr;
  auto row = std::make_shared<const StoredObject>(read_object(find));
  writer_.rows().keep(row_key, row, bytes_of(*row), mark);
  return row;
}

bool Index::is_kept(std::int64_t bucket, const std::shared_ptr<const StoredObject>& row) const {
  auto& rows = writer_.rows();
  return rows.find(IndexWriter::key_of(bucket, row->info.key), rows.mark()) == row;
}

std::expected<Freed, Refusal> Index::put(std::int64_t bucket, StoredObject& object,
                                         const SmallBytes* small, const WriteCondition& condition) {
  using Result = std::expected<Freed, Refusal>;
  const auto touched = IndexWriter::only(bucket, object.info.key);
  return writer_.submit(touched, [&](sqlite::Database& database) -> Result {
    if (!is_there(database, bucket)) return std::unexpected(Refusal::no_such_bucket);
    auto existing = find_existing(database, bucket, object.info.key);
    if (auto refusal = check(condition, existing)) return std::unexpected(*refusal);
    Freed freed = forget_data(database, existing);
    if (small) object.small = insert_small(database, *small);
    insert_object(database, bucket, object);
    return freed;
  });
}

// Not the number of a row that has gone: it may still be in somebody's hands.
std::int64_t Index::insert_small(sqlite::Database& database, const SmallBytes& small) {
  if (last_small_ == 0) {
    auto greatest = database.prepare("SELECT ifnull(max(id), 0) FROM small_object");
    greatest.step();
    last_small_ = greatest.integer(0);
  }
  database.prepare("INSERT INTO small_object(id, crc32c, bytes) VALUES(?,?,?)")
      .bind(0, ++last_small_)
      .bind(1, std::int64_t{small.crc32c})
      .bind_blob(2, small.bytes)
      .run();
  return last_small_;
}

SmallObjects::Pointer Index::find_small(std::int64_t row) const {
  auto database = readers_.lease();
  auto find = database->prepare("SELECT bytes, crc32c FROM small_object WHERE id=?");
  if (!find.bind(0, row).step()) return nullptr;
  return std::make_shared<const SmallBytes>(std::string(find.text(0)),
                                            static_cast<std::uint32_t>(find.integer(1)));
}

std::expected<Freed, Refusal> Index::remove(std::int64_t bucket, const std::string& key,
                                            const WriteCondition& condition) {
  using Result = std::expected<Freed, Refusal>;
  return writer_.submit(IndexWriter::only(bucket, key), [&](sqlite::Database& database) -> Result {
    auto existing = find_existing(database, bucket, key);
    if (auto refusal = check(condition, existing)) return std::unexpected(*refusal);
    auto erase = database.prepare("DELETE FROM object WHERE bucket=? AND key=?");
    erase.bind(0, bucket).bind_blob(1, key).run();
    return forget_data(database, existing);
  });
}

std::expected<void, Refusal> Index::put_field(std::int64_t bucket, const std::string& key,
                                              const std::string& name,
                                              const std::optional<std::string>& value) {
  bool found = writer_.submit(IndexWriter::only(bucket, key), [&](sqlite::Database& database) {
    auto find = database.prepare("SELECT fields FROM object WHERE bucket=? AND key=?");
    if (!find.bind(0, bucket).bind_blob(1, key).step()) return false;
    ObjectFields fields = unpack(find.text(0));
    std::erase_if(fields, [&](const auto& field) { return field.first == name; });
    if (value) fields.emplace_back(name, *value);
    database.prepare("UPDATE object SET fields=? WHERE bucket=? AND key=?")
        .bind_blob(0, pack(fields))
        .bind(1, bucket)
        .bind_blob(2, key)
        .run();
    return true;
  });
  if (!found) return std::unexpected(Refusal::no_such_key);
  return {};
}

ListPage Index::list(std::int64_t bucket, const ListQuery& query) const {
  PageBuilder page(query);
  if (query.max_entries == 0) return page.finish();
  auto database = readers_.lease();
  // One search for each common prefix, so that a million keys below one cost nothing.
  std::string from = std::max(query.from, query.prefix);
  std::string end = after_prefix(query.prefix);
  for (bool more = true; more && !(from.empty() && page.has_begun());) {
    auto rows = database->prepare(list_objects);
    rows.bind(0, bucket).bind_blob(1, from).bind_blob(2, end);
    more = false;
    while (rows.step()) {
      if (!page.add(rows)) break;
      if (page.take_skip()) {
        from = page.next_from();
        more = true;
        break;
      }
    }
  }
  return page.finish();
}

void Index::supersede_unknown_commits() {
  writer_.submit([](sqlite::Database& database) {
    database.execute(
        "INSERT INTO counter VALUES('orphan_collections', 1)"
        " ON CONFLICT(name) DO UPDATE SET value=value+1");
  });
}

bool Index::give_back_room() {
  if (!readers_.lease()->has_idle_room()) {
    // The file ends where it should when the log is copied back, and that may be long from now.
    if (std::exchange(gave_room_, false))
      sqlite::Database(file_, sqlite::Access::read_write).copy_log_back();
    return false;
  }
  gave_room_ = true;
  return writer_.submit(IndexWriter::nothing(), [](sqlite::Database& database) {
    const std::int64_t pages = database.page_count();
    database.give_back_room();
    return database.page_count() < pages;
  });
}

void Index::check_file() const {
  auto database = readers_.lease();
  auto finding = database->prepare("PRAGMA integrity_check(1)");
  if (finding.step() && finding.text(0) != "ok")
    throw sqlite::Error(SQLITE_CORRUPT, "the index is damaged: " + std::string(finding.text(0)));
}

bool Index::knows(const DataId& data) const {
  auto database = readers_.lease();
  auto object = database->prepare("SELECT 1 FROM object WHERE data=? AND data<>''");
  if (object.bind(0, data).step()) return true;
  auto part = database->prepare("SELECT 1 FROM part WHERE data=? AND data<>''");
  return part.bind(0, data).step();
}

}  // namespace signpost::storage
