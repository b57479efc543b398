// What was fetched with the URLs that were given out, as the store tells it.
#include <limits>

#include "catalog_sqlite/rows.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"
#include "domain/ticket.hpp"

namespace signpost::catalog_sqlite {

using namespace domain;

namespace {

constexpr std::size_t old_fetches_in_one_round = 10'000;

std::string read_place(sqlite::Database& database, std::string_view bucket) {
  auto find = database.prepare("SELECT place FROM fetch_place WHERE bucket=?");
  return find.bind(0, bucket).step() ? std::string(find.text(0)) : std::string();
}

void add(sqlite::Database& database, std::string_view bucket, const s3::Fetched& fetched) {
  auto insert = database.prepare(
      "INSERT INTO fetched(bucket, key, ticket, holder_tag, file, requests, bytes, first_at,"
      " last_at) VALUES(?1,?2,?3,?4,(SELECT id FROM file WHERE bucket=?1 AND key=?2),?5,?6,?7,?8)"
      " ON CONFLICT(ticket, bucket, key) DO UPDATE SET requests=requests+excluded.requests,"
      " bytes=bytes+excluded.bytes, first_at=min(first_at, excluded.first_at),"
      " last_at=max(last_at, excluded.last_at)");
  insert.bind(0, bucket)
      .bind(1, fetched.key)
      .bind(2, fetched.ticket)
      .bind(3, holder_tag(fetched.ticket))
      .bind(4, static_cast<std::int64_t>(fetched.requests))
      .bind(5, static_cast<std::int64_t>(fetched.bytes))
      .bind(6, to_column(fetched.first))
      .bind(7, to_column(fetched.last))
      .run();
}

// number, bucket, key, file, holder, ticket, requests, bytes, first_at, last_at
Fetch read_fetch(const sqlite::Statement& row) {
  Fetch out{.number = row.integer(0),
            .object = {std::string(row.text(1)), std::string(row.text(2))},
            .file = std::nullopt,
            .holder = row.optional_text(4),
            .ticket = std::string(row.text(5)),
            .requests = static_cast<std::uint64_t>(row.integer(6)),
            .bytes = static_cast<std::uint64_t>(row.integer(7)),
            .first_at = to_time(row.integer(8)),
            .last_at = to_time(row.integer(9))};
  if (!row.is_null(3)) out.file = FileId::parse(row.text(3));
  return out;
}

}  // namespace

void SqliteCatalog::note_url_holders(std::span<const UrlHolder> holders) {
  write(nothing(), [&](sqlite::Database& database) {
    for (const UrlHolder& one : holders)
      database.prepare("INSERT OR IGNORE INTO url_holder(tag, holder) VALUES(?,?)")
          .bind(0, one.tag)
          .bind(1, one.holder)
          .run();
  });
}

std::string SqliteCatalog::fetch_place(std::string_view bucket) {
  auto database = readers_.lease();
  return read_place(*database, bucket);
}

bool SqliteCatalog::add_fetches(std::string_view bucket, std::string_view place,
                                const s3::FetchReport& report) {
  return write(nothing(), [&](sqlite::Database& database) {
    if (read_place(database, bucket) != place) return false;
    for (const s3::Fetched& one : report.fetched) add(database, bucket, one);
    database
        .prepare(
            "INSERT INTO fetch_place(bucket, place) VALUES(?,?)"
            " ON CONFLICT(bucket) DO UPDATE SET place=excluded.place")
        .bind(0, bucket)
        .bind(1, report.next)
        .run();
    return true;
  });
}

FetchPage SqliteCatalog::list_fetches(const FetchQuery& query) {
  auto database = readers_.lease();
  // Two statements, so that each uses its index.
  auto find = database->prepare(
      query.file ? "SELECT number, bucket, key, file, (SELECT holder FROM url_holder WHERE"
                   " tag=holder_tag), ticket, requests, bytes, first_at, last_at FROM fetched"
                   " WHERE number<?1 AND file=?3 ORDER BY number DESC LIMIT ?2"
                 : "SELECT number, bucket, key, file, (SELECT holder FROM url_holder WHERE"
                   " tag=holder_tag), ticket, requests, bytes, first_at, last_at FROM fetched"
                   " WHERE number<?1 ORDER BY number DESC LIMIT ?2");
  find.bind(0, query.after.value_or(std::numeric_limits<std::int64_t>::max()))
      .bind(1, static_cast<std::int64_t>(query.limit + 1));
  if (query.file) find.bind(2, query.file->text());
  FetchPage page;
  while (find.step()) {
    if (page.items.size() == query.limit) {
      page.next = page.items.back().number;
      break;
    }
    page.items.push_back(read_fetch(find));
  }
  return page;
}

std::size_t SqliteCatalog::delete_old_fetches(UnixSeconds before) {
  return write(nothing(), [&](sqlite::Database& database) {
    database
        .prepare(
            "DELETE FROM fetched WHERE number IN (SELECT number FROM fetched WHERE last_at<?"
            " LIMIT ?)")
        .bind_all(to_column(before), static_cast<std::int64_t>(old_fetches_in_one_round))
        .run();
    return static_cast<std::size_t>(database.changes());
  });
}

}  // namespace signpost::catalog_sqlite
