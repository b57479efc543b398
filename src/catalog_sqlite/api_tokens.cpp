// API tokens.
#include <limits>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "catalog_sqlite/keyed.hpp"
#include "catalog_sqlite/rows.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"

namespace signpost::catalog_sqlite {

using namespace domain;

namespace {

constexpr int number_column = 7;

ApiToken read_token(const sqlite::Statement& row) {
  auto scopes = Scopes::of_bits(row.integer(3));
  if (!scopes) throw std::runtime_error("the catalog holds a token with unknown scopes");
  auto end = row.optional_integer(6);
  return {.id = std::string(row.text(0)),
          .name = std::string(row.text(1)),
          .principal = read_principal(row.text(2)),
          .scopes = *scopes,
          .parent = row.optional_text(4),
          .created_at = to_time(row.integer(5)),
          .expires_at = end ? std::optional(to_time(*end)) : std::nullopt};
}

bool has_token(sqlite::Database& database, const std::string& id) {
  return database.prepare("SELECT 1 FROM api_token WHERE id=?").bind(0, id).step();
}

// Of the local user, where it is one's: whether it may have tokens now.
bool may_have_tokens(sqlite::Database& database, const Principal& principal) {
  if (principal.issuer() != local_issuer) return true;
  auto find = database.prepare("SELECT 1 FROM user WHERE username=? AND disabled=0");
  return find.bind(0, principal.subject()).step();
}

std::size_t count_tokens(sqlite::Database& database, const Principal& principal) {
  auto count = database.prepare("SELECT count(*) FROM api_token WHERE principal=?");
  count.bind(0, principal.text()).step();
  return static_cast<std::size_t>(count.integer(0));
}

void insert_token(sqlite::Database& database, const ApiToken& token, const Sha256Digest& hash) {
  auto end = token.expires_at ? std::optional(to_column(*token.expires_at)) : std::nullopt;
  database
      .prepare(
          "INSERT INTO api_token(id, name, principal, scopes, parent, created_at, expires_at, hash)"
          " VALUES(?,?,?,?,?,?,?,?)")
      .bind(0, token.id)
      .bind(1, token.name)
      .bind(2, token.principal.text())
      .bind(3, token.scopes.bits())
      .bind(4, token.parent)
      .bind(5, to_column(token.created_at))
      .bind(6, end)
      .bind_blob(7, as_bytes_view(hash))
      .run();
}

}  // namespace

std::expected<void, CatalogError> SqliteCatalog::create_api_token(const ApiToken& token,
                                                                  const Sha256Digest& hash,
                                                                  Keyed answer) {
  using Result = std::expected<void, CatalogError>;
  return write(nothing(), [&](sqlite::Database& database) {
    return create_once(database, answer, [&]() -> Result {
      if (token.parent && !has_token(database, *token.parent))
        return std::unexpected(CatalogError::not_found);
      if (!may_have_tokens(database, token.principal))
        return std::unexpected(CatalogError::not_found);
      if (count_tokens(database, token.principal) >= limits::api_tokens)
        return std::unexpected(CatalogError::too_many);
      insert_token(database, token, hash);
      return {};
    });
  });
}

Row<ApiToken> SqliteCatalog::find_api_token(const Sha256Digest& hash, UnixSeconds now) {
  const std::string_view key = as_bytes_view(hash);
  auto mark = token_cache_.mark();
  if (auto kept = token_cache_.find(key, mark))
    return kept->expires_at.value_or(now + std::chrono::seconds{1}) > now ? kept : nullptr;
  auto database = readers_.lease();
  auto find = database->prepare(
      "SELECT id, name, principal, scopes, parent, created_at, expires_at FROM api_token"
      " WHERE hash=? AND (expires_at IS NULL OR expires_at>?)");
  find.bind_blob(0, key).bind(1, to_column(now));
  if (!find.step()) return nullptr;
  ApiToken token = read_token(find);
  if (token.principal.issuer() == local_issuer) {
    auto user = database->prepare("SELECT disabled, admin FROM user WHERE username=?");
    if (!user.bind(0, token.principal.subject()).step() || user.integer(0) != 0) return nullptr;
    token.admin = user.integer(1) != 0;
  }
  const std::size_t bytes = bytes_of(token);
  auto row = std::make_shared<const ApiToken>(std::move(token));
  token_cache_.keep(key, row, bytes, mark);
  return row;
}

std::expected<ApiTokenPage, CatalogError> SqliteCatalog::list_api_tokens(
    const Principal& principal, std::size_t limit, const std::optional<std::string>& after,
    UnixSeconds now) {
  std::int64_t below = std::numeric_limits<std::int64_t>::max();
  if (after) {
    auto number = parse_u64(*after);
    if (!number || *number > static_cast<std::uint64_t>(below))
      return std::unexpected(CatalogError::taken);
    below = static_cast<std::int64_t>(*number);
  }
  auto database = readers_.lease();
  auto find = database->prepare(
      "SELECT id, name, principal, scopes, parent, created_at, expires_at, number FROM api_token"
      " WHERE principal=? AND number<? AND (expires_at IS NULL OR expires_at>?)"
      " ORDER BY number DESC LIMIT ?");
  find.bind(0, principal.text()).bind(1, below).bind(2, to_column(now));
  find.bind(3, static_cast<std::int64_t>(limit + 1));  // one more, to know whether more follow
  ApiTokenPage page;
  std::int64_t last = 0;
  while (find.step()) {
    if (page.items.size() == limit) {
      page.next = std::to_string(last);
      break;
    }
    page.items.push_back(read_token(find));
    last = find.integer(number_column);
  }
  return page;
}

bool SqliteCatalog::delete_api_token(std::string_view id, const Principal* principal) {
  auto owner = principal ? std::optional(principal->text()) : std::nullopt;
  return write([&](sqlite::Database& database) {
    // With every token that was made with it, and with those in turn.
    auto erase = database.prepare(
        "WITH RECURSIVE doomed(id) AS ("
        "  SELECT id FROM api_token WHERE id=?1 AND (?2 IS NULL OR principal=?2)"
        "  UNION SELECT api_token.id FROM api_token JOIN doomed ON api_token.parent=doomed.id)"
        " DELETE FROM api_token WHERE id IN (SELECT id FROM doomed)");
    erase.bind(0, id).bind(1, owner).run();
    return database.changes() > 0;
  });
}

std::size_t SqliteCatalog::delete_expired_api_tokens(UnixSeconds now) {
  return write([&](sqlite::Database& database) {
    database.prepare("DELETE FROM api_token WHERE expires_at<=?").bind(0, to_column(now)).run();
    return static_cast<std::size_t>(database.changes());
  });
}

}  // namespace signpost::catalog_sqlite
