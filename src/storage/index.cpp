#include "storage/index.hpp"

#include <array>
#include <chrono>

namespace signpost::storage {
namespace {

// Keys are BLOBs, so that they sort by their bytes. Tables are only ever added to
// (docs/formats/store.md).
constexpr std::array<const char*, 1> migrations = {R"sql(
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
)sql"};

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

StoredObject read_object(const sqlite::Statement& row) {
  StoredObject object;
  object.info.key = row.text(0);
  object.data = row.text(1);
  object.info.size = static_cast<std::uint64_t>(row.integer(2));
  object.info.etag = row.text(3);
  object.info.last_modified = from_milliseconds(row.integer(4));
  object.info.fields = unpack(row.text(5));
  if (!row.is_null(6)) object.info.checksum = {std::string(row.text(6)), std::string(row.text(7))};
  return object;
}

struct Existing {
  DataId data;
  std::string etag;
};

std::optional<Existing> find_existing(sqlite::Database& database, std::int64_t bucket,
                                      std::string_view key) {
  auto find = database.prepare("SELECT data, etag FROM object WHERE bucket=? AND key=?");
  find.bind(0, bucket).bind_blob(1, key);
  if (!find.step()) return std::nullopt;
  return Existing{std::string(find.text(0)), std::string(find.text(1))};
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

std::optional<DataId> file_of(const std::optional<Existing>& existing) {
  if (!existing || existing->data.empty()) return std::nullopt;
  return existing->data;
}

void insert_object(sqlite::Database& database, std::int64_t bucket, const StoredObject& object) {
  const ObjectInfo& info = object.info;
  auto insert = database.prepare(
      "INSERT OR REPLACE INTO object(bucket, key, data, size, etag, modified, fields,"
      " checksum_algorithm, checksum) VALUES(?,?,?,?,?,?,?,?,?)");
  insert.bind(0, bucket)
      .bind_blob(1, info.key)
      .bind(2, object.data)
      .bind(3, static_cast<std::int64_t>(info.size))
      .bind(4, info.etag)
      .bind(5, info.last_modified.time_since_epoch().count())
      .bind_blob(6, pack(info.fields));
  if (info.checksum) insert.bind(7, info.checksum->algorithm).bind(8, info.checksum->value);
  insert.run();
}

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

Index::Index(const std::string& file) : readers_(file), writer_(file, migrations) {
  reload();
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
      database->prepare("SELECT id, name, owner, created, cors, cors_version FROM bucket");
  while (buckets.step()) {
    auto bucket = std::make_shared<BucketInfo>();
    bucket->id = buckets.integer(0);
    bucket->name = buckets.text(1);
    bucket->owner = buckets.text(2);
    bucket->created = from_milliseconds(buckets.integer(3));
    bucket->cors = buckets.optional_text(4);
    bucket->cors_version = buckets.integer(5);
    fresh->buckets.emplace(bucket->name, bucket);
  }
  auto keys = database->prepare("SELECT id, secret, owner FROM access_key");
  while (keys.step()) {
    AccessKey key{std::string(keys.text(0)), Secret(keys.text(1)), std::string(keys.text(2))};
    fresh->access_keys.emplace(key.id, key);
  }
  std::scoped_lock lock(mutex_);
  snapshot_ = std::move(fresh);
}

void Index::put_access_key(const AccessKey& key) {
  writer_.submit([&](sqlite::Database& database) {
    database
        .prepare("INSERT OR REPLACE INTO access_key(id, secret, owner, created) VALUES(?,?,?,?)")
        .bind_all(std::string_view(key.id), key.secret.reveal(), std::string_view(key.owner),
                  now_milliseconds())
        .run();
  });
  reload();
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

std::expected<void, Refusal> Index::delete_bucket(const std::string& name) {
  auto refusal = writer_.submit([&](sqlite::Database& database) -> std::optional<Refusal> {
    auto find = database.prepare("SELECT id FROM bucket WHERE name=?");
    if (!find.bind(0, name).step()) return Refusal::no_such_bucket;
    std::int64_t id = find.integer(0);
    auto used = database.prepare("SELECT 1 FROM object WHERE bucket=? LIMIT 1");
    if (used.bind(0, id).step()) return Refusal::bucket_not_empty;
    database.prepare("DELETE FROM bucket WHERE id=?").bind(0, id).run();
    return std::nullopt;
  });
  if (refusal) return std::unexpected(*refusal);
  reload();
  return {};
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

std::optional<StoredObject> Index::find(std::int64_t bucket, std::string_view key) const {
  auto database = readers_.lease();
  auto find = database->prepare(
      "SELECT key, data, size, etag, modified, fields, checksum_algorithm, checksum"
      " FROM object WHERE bucket=? AND key=?");
  find.bind(0, bucket).bind_blob(1, key);
  if (!find.step()) return std::nullopt;
  return read_object(find);
}

std::expected<std::optional<DataId>, Refusal> Index::put(std::int64_t bucket,
                                                         const StoredObject& object,
                                                         const WriteCondition& condition) {
  using Result = std::expected<std::optional<DataId>, Refusal>;
  return writer_.submit([&](sqlite::Database& database) -> Result {
    if (!is_there(database, bucket)) return std::unexpected(Refusal::no_such_bucket);
    auto existing = find_existing(database, bucket, object.info.key);
    if (auto refusal = check(condition, existing)) return std::unexpected(*refusal);
    insert_object(database, bucket, object);
    return file_of(existing);
  });
}

std::expected<std::optional<DataId>, Refusal> Index::remove(std::int64_t bucket,
                                                            const std::string& key,
                                                            const WriteCondition& condition) {
  using Result = std::expected<std::optional<DataId>, Refusal>;
  return writer_.submit([&](sqlite::Database& database) -> Result {
    auto existing = find_existing(database, bucket, key);
    if (auto refusal = check(condition, existing)) return std::unexpected(*refusal);
    auto erase = database.prepare("DELETE FROM object WHERE bucket=? AND key=?");
    erase.bind(0, bucket).bind_blob(1, key).run();
    return file_of(existing);
  });
}

ListPage Index::list(std::int64_t bucket, const ListQuery& query) const {
  PageBuilder page(query);
  if (query.max_entries == 0) return page.finish();
  auto database = readers_.lease();
  // One search for each common prefix, so that a million keys below one cost nothing.
  std::string from = std::max(query.from, query.prefix);
  std::string end = after_prefix(query.prefix);
  for (bool more = true; more && !(from.empty() && page.has_begun());) {
    auto rows = database->prepare(
        "SELECT key, data, size, etag, modified, fields, checksum_algorithm, checksum"
        " FROM object WHERE bucket=?1 AND key>=?2 AND (length(?3)=0 OR key<?3) ORDER BY key");
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

bool Index::knows(const DataId& data) const {
  auto database = readers_.lease();
  auto find = database->prepare("SELECT 1 FROM object WHERE data=? AND data<>''");
  return find.bind(0, data).step();
}

}  // namespace signpost::storage
