// Answers under Idempotency-Keys.
#include "catalog_sqlite/keyed.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "catalog_sqlite/rows.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"

namespace signpost::catalog_sqlite {

using namespace domain;

namespace {

constexpr std::int64_t deleted_at_once = 10'000;  // so that others need not wait for the writer

// What was created before this is forgotten.
std::int64_t oldest_kept(UnixSeconds now) {
  return to_column(now - limits::idempotency_key_life);
}

}  // namespace

std::expected<void, CatalogError> check_key(sqlite::Database& database, const KeyedAnswer& answer) {
  const std::string principal = answer.principal.text();
  auto find = database.prepare("SELECT created_at FROM keyed_answer WHERE principal=? AND key=?");
  if (find.bind(0, principal).bind(1, answer.key).step()) {
    if (find.integer(0) > oldest_kept(answer.created_at))
      return std::unexpected(CatalogError::repeated);
    database.prepare("DELETE FROM keyed_answer WHERE principal=? AND key=?")
        .bind(0, principal)
        .bind(1, answer.key)
        .run();
  }
  auto count = database.prepare("SELECT count FROM keyed_answer_count WHERE principal=?");
  if (count.bind(0, principal).step() && count.integer(0) >= limits::idempotency_keys)
    return std::unexpected(CatalogError::too_many_keys);
  return {};
}

void keep_answer(sqlite::Database& database, const KeyedAnswer& answer) {
  database
      .prepare(
          "INSERT INTO keyed_answer(principal, key, request, created_at, status, location, body)"
          " VALUES(?,?,?,?,?,?,?)")
      .bind(0, answer.principal.text())
      .bind(1, answer.key)
      .bind_blob(2, as_bytes_view(answer.request))
      .bind(3, to_column(answer.created_at))
      .bind(4, static_cast<std::int64_t>(answer.status))
      .bind(5, answer.location)
      .bind(6, answer.body)
      .run();
}

std::optional<KeyedAnswer> SqliteCatalog::find_keyed_answer(const Principal& principal,
                                                            std::string_view key, UnixSeconds now) {
  auto database = readers_.lease();
  auto find = database->prepare(
      "SELECT request, created_at, status, location, body FROM keyed_answer"
      " WHERE principal=? AND key=? AND created_at>?");
  find.bind(0, principal.text()).bind(1, key).bind(2, oldest_kept(now));
  if (!find.step()) return std::nullopt;
  KeyedAnswer answer{.principal = principal,
                     .key = std::string(key),
                     .request = {},
                     .created_at = to_time(find.integer(1)),
                     .status = static_cast<unsigned>(find.integer(2)),
                     .location = std::string(find.text(3)),
                     .body = std::string(find.text(4))};
  std::string_view request = find.text(0);
  std::copy_n(request.begin(), std::min(request.size(), answer.request.size()),
              answer.request.begin());
  return answer;
}

std::size_t SqliteCatalog::delete_old_keyed_answers(UnixSeconds now) {
  return write(nothing(), [&](sqlite::Database& database) {
    database
        .prepare(
            "DELETE FROM keyed_answer WHERE rowid IN"
            " (SELECT rowid FROM keyed_answer WHERE created_at<=? ORDER BY created_at LIMIT ?)")
        .bind_all(oldest_kept(now), deleted_at_once)
        .run();
    return static_cast<std::size_t>(database.changes());
  });
}

}  // namespace signpost::catalog_sqlite
