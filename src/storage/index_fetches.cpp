// What was fetched with tickets, until it has been reported.
#include "base/limits.hpp"
#include "storage/index.hpp"
#include "storage/index_rows.hpp"

namespace signpost::storage {
namespace {

UnixSeconds time_of(std::int64_t seconds) {
  return UnixSeconds(std::chrono::seconds(seconds));
}

void insert(sqlite::Database& database, const BucketFetched& one) {
  auto add = database.prepare(
      "INSERT INTO fetched(bucket, ticket, key, requests, bytes, first, last)"
      " SELECT id,?2,?3,?4,?5,?6,?7 FROM bucket WHERE name=?1");
  const s3::Fetched& fetched = one.fetched;
  add.bind(0, one.bucket)
      .bind(1, fetched.ticket)
      .bind_blob(2, fetched.key)
      .bind(3, static_cast<std::int64_t>(fetched.requests))
      .bind(4, static_cast<std::int64_t>(fetched.bytes))
      .bind(5, fetched.first.time_since_epoch().count())
      .bind(6, fetched.last.time_since_epoch().count())
      .run();
}

}  // namespace

void Index::add_fetched(std::span<const BucketFetched> fetched) {
  writer_.submit(IndexWriter::nothing(), [&](sqlite::Database& database) {
    for (const BucketFetched& one : fetched) insert(database, one);
    database.prepare("DELETE FROM fetched WHERE number<=(SELECT max(number) FROM fetched)-?")
        .bind(0, limits::unreported_fetches)
        .run();
  });
}

std::int64_t Index::fetched_epoch() const {
  auto database = readers_.lease();
  auto find = database->prepare("SELECT value FROM counter WHERE name='fetched_epoch'");
  return find.step() ? find.integer(0) : 0;
}

std::int64_t Index::last_fetched() const {
  auto database = readers_.lease();
  auto find = database->prepare("SELECT seq FROM sqlite_sequence WHERE name='fetched'");
  return find.step() ? find.integer(0) : 0;
}

void Index::forget_fetched(std::int64_t bucket, std::int64_t up_to) {
  {
    auto database = readers_.lease();
    auto find = database->prepare("SELECT 1 FROM fetched WHERE bucket=? AND number<=? LIMIT 1");
    if (!find.bind_all(bucket, up_to).step()) return;
  }
  writer_.submit(IndexWriter::nothing(), [&](sqlite::Database& database) {
    database.prepare("DELETE FROM fetched WHERE bucket=? AND number<=?")
        .bind_all(bucket, up_to)
        .run();
  });
}

std::vector<Index::NumberedFetched> Index::fetched(std::int64_t bucket, std::int64_t after,
                                                   std::size_t most) const {
  auto database = readers_.lease();
  auto rows = database->prepare(
      "SELECT number, ticket, key, requests, bytes, first, last FROM fetched"
      " WHERE bucket=? AND number>? ORDER BY number LIMIT ?");
  rows.bind_all(bucket, after, static_cast<std::int64_t>(most));
  std::vector<NumberedFetched> out;
  while (rows.step())
    out.push_back(
        {rows.integer(0),
         {std::string(rows.text(1)), std::string(rows.text(2)),
          static_cast<std::uint64_t>(rows.integer(3)), static_cast<std::uint64_t>(rows.integer(4)),
          time_of(rows.integer(5)), time_of(rows.integer(6))}});
  return out;
}

}  // namespace signpost::storage
