#include <algorithm>
#include <iterator>

#include "base/base64.hpp"
#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/limits.hpp"
#include "s3/checksum.hpp"
#include "s3/crc_combine.hpp"
#include "storage/index_rows.hpp"

// Multipart uploads in the index: Complete is one transaction over rows, whatever the bytes.
namespace signpost::storage {
namespace {

constexpr const char* select_upload =
    "SELECT id, name, key, started, fields, checksum_algorithm, checksum_type, completed"
    " FROM upload WHERE bucket=? AND key=? AND name=?";

// Neither it nor a part of it changed since ?1.
constexpr const char* is_idle =
    "(started<?1 AND NOT EXISTS(SELECT 1 FROM part WHERE part.upload=upload.id AND modified>=?1))";

Index::Upload read_upload(const sqlite::Statement& row) {
  Index::Upload out{row.integer(0), {}, row.optional_text(7)};
  out.info.id = row.text(1);
  out.info.key = row.text(2);
  out.info.started = from_milliseconds(row.integer(3));
  out.info.start.fields = unpack(row.text(4));
  out.info.start.checksum_algorithm = row.optional_text(5);
  out.info.start.checksum_type = row.text(6);
  return out;
}

std::optional<Index::Upload> find_in(sqlite::Database& database, std::int64_t bucket,
                                     const std::string& key, const std::string& id) {
  auto find = database.prepare(select_upload);
  find.bind(0, bucket).bind_blob(1, key).bind(2, id);
  if (!find.step()) return std::nullopt;
  return read_upload(find);
}

// What a key is rolled up to by the query's delimiter; nothing where it stands for itself.
std::optional<std::string_view> common_prefix(std::string_view key, const UploadQuery& query) {
  if (query.delimiter.empty()) return std::nullopt;
  const auto at = key.find(query.delimiter, query.prefix.size());
  if (at == std::string_view::npos) return std::nullopt;
  return key.substr(0, at + query.delimiter.size());
}

std::vector<StoredPart> parts_in(sqlite::Database& database, std::int64_t upload,
                                 std::uint32_t after, std::size_t most) {
  auto rows = database.prepare(
      "SELECT number, data, size, etag, modified, checksum_algorithm, checksum FROM part"
      " WHERE upload=? AND number>? ORDER BY number LIMIT ?");
  rows.bind_all(upload, std::int64_t{after}, static_cast<std::int64_t>(most));
  std::vector<StoredPart> out;
  while (rows.step()) {
    StoredPart part;
    part.info.number = static_cast<std::uint32_t>(rows.integer(0));
    part.data = rows.text(1);
    part.info.size = static_cast<std::uint64_t>(rows.integer(2));
    part.info.etag = rows.text(3);
    part.info.last_modified = from_milliseconds(rows.integer(4));
    if (!rows.is_null(5))
      part.info.checksum = {std::string(rows.text(5)), std::string(rows.text(6))};
    out.push_back(std::move(part));
  }
  return out;
}

// Tells a repeated Complete from another one.
std::string fingerprint(const Completion& completion) {
  Sha256 hash;
  for (const auto& part : completion.parts)
    hash.update(std::to_string(part.number)).update(":").update(part.etag).update("\n");
  return hex_encode(hash.finish());
}

// The uploaded parts that were named, in their order.
std::expected<std::vector<StoredPart>, Refusal> choose(const std::vector<StoredPart>& uploaded,
                                                       const Completion& completion) {
  std::vector<StoredPart> out;
  auto next = uploaded.begin();
  for (const auto& wanted : completion.parts) {
    while (next != uploaded.end() && next->info.number < wanted.number) ++next;
    if (next == uploaded.end() || next->info.number != wanted.number ||
        next->info.etag != wanted.etag)
      return std::unexpected(Refusal::invalid_part);
    if (wanted.checksum &&
        (!next->info.checksum || next->info.checksum->algorithm != wanted.checksum->algorithm ||
         next->info.checksum->value != wanted.checksum->value))
      return std::unexpected(Refusal::invalid_part);
    out.push_back(*next);
  }
  for (std::size_t i = 0; i + 1 < out.size(); ++i)
    if (out[i].info.size < limits::smallest_part_bytes)
      return std::unexpected(Refusal::part_too_small);
  return out;
}

// hex(MD5(the parts' MD5s))-N.
std::string composite_etag(const std::vector<StoredPart>& parts) {
  Md5 md5;
  for (const auto& part : parts) md5.update(hex_decode(part.info.etag).value_or(""));
  return hex_encode(md5.finish()) + "-" + std::to_string(parts.size());
}

// Nothing where a part lacks its checksum.
std::optional<ObjectChecksum> whole_checksum(const UploadStart& start,
                                             const std::vector<StoredPart>& parts) {
  // Where none was wanted the parts have the one that S3 computes by itself.
  const std::string name =
      start.checksum_algorithm.value_or(std::string(s3::name(s3::default_checksum)));
  auto algorithm = s3::parse_checksum_algorithm(name);
  if (!algorithm) return std::nullopt;
  bool composite = start.checksum_type == "COMPOSITE";
  s3::Checksum of_digests(*algorithm);
  std::string combined = s3::Checksum(*algorithm).finish();
  for (const auto& part : parts) {
    if (!part.info.checksum || part.info.checksum->algorithm != name) return std::nullopt;
    std::string digest = base64_decode(part.info.checksum->value).value_or("");
    if (composite) {
      of_digests.update(digest);
      continue;
    }
    auto next = s3::combine_crc(*algorithm, combined, digest, part.info.size);
    if (!next) return std::nullopt;
    combined = *std::move(next);
  }
  if (!composite) return ObjectChecksum{name, base64_encode(combined)};
  return ObjectChecksum{name,
                        base64_encode(of_digests.finish()) + "-" + std::to_string(parts.size())};
}

std::expected<StoredObject, Refusal> assemble(const Index::Upload& upload,
                                              const std::vector<StoredPart>& parts,
                                              const Completion& completion) {
  StoredObject object;
  object.upload = upload.row;
  object.info.key = upload.info.key;
  object.info.etag = composite_etag(parts);
  object.info.last_modified = from_milliseconds(now_milliseconds());
  object.info.fields = upload.info.start.fields;
  object.info.parts = static_cast<std::uint32_t>(parts.size());
  object.info.checksum = whole_checksum(upload.info.start, parts);
  for (const auto& part : parts) object.info.size += part.info.size;
  if (object.info.size > limits::object_bytes) return std::unexpected(Refusal::object_too_large);
  if (completion.size && *completion.size != object.info.size)
    return std::unexpected(Refusal::size_mismatch);
  if (const auto& claimed = completion.checksum) {
    // Where no algorithm was wanted of the upload, its parts may have had that one all the same.
    UploadStart start = upload.info.start;
    if (!start.checksum_algorithm) start.checksum_algorithm = claimed->algorithm;
    const auto mine = whole_checksum(start, parts);
    if (!mine || mine->algorithm != claimed->algorithm || mine->value != claimed->value)
      return std::unexpected(Refusal::checksum_mismatch);
  }
  return object;
}

// The object that this very upload has become, where it is still there and all that is claimed of
// it now.
std::expected<Index::Completed, Refusal> completed_before(sqlite::Database& database,
                                                          std::int64_t bucket,
                                                          const Index::Upload& upload,
                                                          const Completion& completion) {
  auto find = database.prepare(std::string(select_object) + "WHERE bucket=? AND key=?");
  find.bind(0, bucket).bind_blob(1, upload.info.key);
  if (upload.completed != fingerprint(completion) || !find.step())
    return std::unexpected(Refusal::no_such_upload);
  StoredObject object = read_object(find);
  if (object.upload != upload.row) return std::unexpected(Refusal::no_such_upload);
  auto parts = choose(parts_in(database, upload.row, 0, limits::part_number), completion);
  if (!parts) return std::unexpected(parts.error());
  auto claimed = assemble(upload, *parts, completion);
  if (!claimed) return std::unexpected(claimed.error());
  return Index::Completed{std::move(object.info), {}, {}};
}

Freed forget_others(sqlite::Database& database, std::int64_t upload,
                    const std::vector<StoredPart>& uploaded, const std::vector<StoredPart>& used) {
  Freed freed;
  auto next = used.begin();  // both lists are in the order of their numbers
  for (const auto& part : uploaded) {
    if (next != used.end() && next->info.number == part.info.number) {
      ++next;
      continue;
    }
    if (!part.data.empty()) freed.data.push_back(part.data);
    database.prepare("DELETE FROM part WHERE upload=? AND number=?")
        .bind_all(upload, std::int64_t{part.info.number})
        .run();
  }
  return freed;
}

}  // namespace

std::expected<void, Refusal> Index::create_upload(std::int64_t bucket, const UploadInfo& upload) {
  using Result = std::expected<void, Refusal>;
  return writer_.submit(IndexWriter::nothing(), [&](sqlite::Database& database) -> Result {
    if (!is_there(database, bucket)) return std::unexpected(Refusal::no_such_bucket);
    auto open =
        database.prepare("SELECT count(*) FROM upload WHERE bucket=? AND completed IS NULL");
    open.bind(0, bucket).step();
    if (open.integer(0) >= limits::open_uploads) return std::unexpected(Refusal::too_many_uploads);
    auto insert = database.prepare(
        "INSERT INTO upload(name, bucket, key, started, fields, checksum_algorithm, checksum_type)"
        " VALUES(?,?,?,?,?,?,?)");
    insert.bind(0, upload.id)
        .bind(1, bucket)
        .bind_blob(2, upload.key)
        .bind(3, now_milliseconds())
        .bind_blob(4, pack(upload.start.fields))
        .bind(5, upload.start.checksum_algorithm)
        .bind(6, upload.start.checksum_type)
        .run();
    return {};
  });
}

OpenUploads Index::idle_uploads(Milliseconds before) const {
  auto database = readers_.lease();
  auto rows = database->prepare(std::string("SELECT id, ") + is_idle +
                                " FROM upload INDEXED BY upload_under_way WHERE completed IS NULL");
  rows.bind(0, before.time_since_epoch().count());
  OpenUploads out;
  for (; rows.step(); ++out.open)
    if (rows.integer(1) != 0) out.idle.push_back(rows.integer(0));
  std::ranges::sort(out.idle);  // the oldest first
  return out;
}

std::optional<std::pair<Freed, std::uint64_t>> Index::abort_idle_upload(std::int64_t upload,
                                                                        Milliseconds before) {
  using Result = std::optional<std::pair<Freed, std::uint64_t>>;
  return writer_.submit([&](sqlite::Database& database) -> Result {
    auto find = database.prepare(std::string("SELECT ") + is_idle +
                                 ", (SELECT total(size) FROM part WHERE upload=upload.id)"
                                 " FROM upload WHERE id=?2 AND completed IS NULL");
    find.bind_all(before.time_since_epoch().count(), upload);
    if (!find.step() || find.integer(0) == 0) return std::nullopt;
    const auto bytes = static_cast<std::uint64_t>(find.integer(1));
    return std::pair(forget_upload(database, upload), bytes);
  });
}

std::optional<Freed> Index::forget_uploads_of(std::int64_t bucket) {
  constexpr std::size_t most_files = 1000;  // so that others need not wait for the writer
  using Result = std::optional<Freed>;
  return writer_.submit(IndexWriter::nothing(), [&](sqlite::Database& database) -> Result {
    Result out;
    while (!out || out->data.size() < most_files) {
      auto find =
          database.prepare("SELECT id FROM upload WHERE bucket=? AND completed IS NULL LIMIT 1");
      if (!find.bind(0, bucket).step()) break;
      Freed freed = forget_upload(database, find.integer(0));
      if (!out) out.emplace();
      std::ranges::move(freed.data, std::back_inserter(out->data));
    }
    return out;
  });
}

std::optional<Index::Upload> Index::find_upload(std::int64_t bucket, const std::string& key,
                                                const std::string& id) const {
  auto database = readers_.lease();
  return find_in(*database, bucket, key, id);
}

UploadPage Index::list_uploads(std::int64_t bucket, const UploadQuery& query) const {
  auto database = readers_.lease();
  // Without an id the marker's own uploads are behind us; with one that is not there any more, for
  // a client that aborts what it lists, none of them is.
  std::int64_t after = -1;
  if (!query.id_marker.empty()) {
    after = 0;
    auto marker = database->prepare("SELECT id FROM upload WHERE name=? AND bucket=?");
    if (marker.bind(0, query.id_marker).bind(1, bucket).step()) after = marker.integer(0);
  }
  auto rows = database->prepare(
      "SELECT id, name, key, started, fields, checksum_algorithm, checksum_type, completed"
      " FROM upload WHERE bucket=?1 AND completed IS NULL AND key>=?2"
      " AND (length(?3)=0 OR key<?3) AND (length(?4)=0 OR key>?4 OR (?5>=0 AND key=?4 AND id>?5))"
      " ORDER BY key, id");
  rows.bind(0, bucket)
      .bind_blob(1, std::max(query.prefix, query.key_marker))
      .bind_blob(2, after_prefix(query.prefix))
      .bind_blob(3, query.key_marker)
      .bind(4, after);
  UploadPage page;
  while (rows.step()) {
    const std::string_view key = rows.text(2);
    const auto rolled_up = common_prefix(key, query);
    if (rolled_up && (*rolled_up == query.key_marker || *rolled_up == page.next_key_marker))
      continue;
    if (page.uploads.size() + page.prefixes.size() == query.max_uploads) {
      page.truncated = true;
      break;
    }
    page.next_key_marker = rolled_up.value_or(key);
    page.next_id_marker = rolled_up ? "" : rows.text(1);
    if (rolled_up) {
      page.prefixes.emplace_back(*rolled_up);
    } else {
      page.uploads.push_back(read_upload(rows).info);
    }
  }
  return page;
}

std::vector<StoredPart> Index::parts(std::int64_t upload, std::uint32_t after,
                                     std::size_t most) const {
  auto database = readers_.lease();
  return parts_in(*database, upload, after, most);
}

std::expected<Freed, Refusal> Index::put_part(std::int64_t upload, const StoredPart& part) {
  using Result = std::expected<Freed, Refusal>;
  return writer_.submit(IndexWriter::nothing(), [&](sqlite::Database& database) -> Result {
    auto under_way = database.prepare("SELECT 1 FROM upload WHERE id=? AND completed IS NULL");
    if (!under_way.bind(0, upload).step()) return std::unexpected(Refusal::no_such_upload);
    Freed freed;
    auto before =
        database.prepare("SELECT data FROM part WHERE upload=? AND number=? AND data<>''");
    if (before.bind_all(upload, std::int64_t{part.info.number}).step())
      freed.data.emplace_back(before.text(0));
    auto insert = database.prepare(
        "INSERT OR REPLACE INTO part(upload, number, data, size, etag, modified,"
        " checksum_algorithm, checksum) VALUES(?,?,?,?,?,?,?,?)");
    insert.bind(0, upload)
        .bind(1, std::int64_t{part.info.number})
        .bind(2, part.data)
        .bind(3, static_cast<std::int64_t>(part.info.size))
        .bind(4, part.info.etag)
        .bind(5, part.info.last_modified.time_since_epoch().count());
    if (part.info.checksum)
      insert.bind(6, part.info.checksum->algorithm).bind(7, part.info.checksum->value);
    insert.run();
    return freed;
  });
}

std::expected<Freed, Refusal> Index::abort_upload(std::int64_t bucket, const std::string& key,
                                                  const std::string& id) {
  using Result = std::expected<Freed, Refusal>;
  return writer_.submit(IndexWriter::nothing(), [&](sqlite::Database& database) -> Result {
    auto upload = find_in(database, bucket, key, id);
    if (!upload || upload->completed) return std::unexpected(Refusal::no_such_upload);
    return forget_upload(database, upload->row);
  });
}

std::expected<Index::Completed, Refusal> Index::complete_upload(std::int64_t bucket,
                                                                const std::string& key,
                                                                const std::string& id,
                                                                const Completion& completion) {
  using Result = std::expected<Completed, Refusal>;
  std::string list = fingerprint(completion);
  return writer_.submit(IndexWriter::only(bucket, key), [&](sqlite::Database& database) -> Result {
    auto upload = find_in(database, bucket, key, id);
    if (!upload) return std::unexpected(Refusal::no_such_upload);
    if (!is_there(database, bucket)) return std::unexpected(Refusal::no_such_bucket);
    if (upload->completed) return completed_before(database, bucket, *upload, completion);
    auto uploaded = parts_in(database, upload->row, 0, limits::part_number);
    auto used = choose(uploaded, completion);
    if (!used) return std::unexpected(used.error());
    auto object = assemble(*upload, *used, completion);
    if (!object) return std::unexpected(object.error());
    auto existing = find_existing(database, bucket, key);
    if (auto refusal = check(completion.condition, existing)) return std::unexpected(*refusal);
    Freed left_over = forget_others(database, upload->row, uploaded, *used);
    database.prepare("UPDATE upload SET completed=? WHERE id=?")
        .bind(0, list)
        .bind(1, upload->row)
        .run();
    insert_object(database, bucket, *object);
    return Completed{std::move(object->info), forget_data(database, existing),
                     std::move(left_over)};
  });
}

}  // namespace signpost::storage
