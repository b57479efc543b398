#pragma once

#include <expected>
#include <optional>

#include "base/try.hpp"
#include "domain/catalog.hpp"
#include "sqlite/database.hpp"

namespace signpost::catalog_sqlite {

// repeated or too_many_keys, where the answer may not be kept under its key.
std::expected<void, domain::CatalogError> check_key(sqlite::Database& database,
                                                    const domain::KeyedAnswer& answer);
void keep_answer(sqlite::Database& database, const domain::KeyedAnswer& answer);

// Runs create(), which gives std::expected<void, CatalogError>, and keeps the answer with what it
// created: both within the writer's transaction at hand.
template <class Create>
std::expected<void, domain::CatalogError> create_once(
    sqlite::Database& database, const std::optional<domain::KeyedAnswer>& answer, Create create) {
  if (answer) TRYV(check_key(database, *answer));
  TRYV(create());
  if (answer) keep_answer(database, *answer);
  return {};
}

}  // namespace signpost::catalog_sqlite
