#pragma once

#include <string_view>

#include "domain/file.hpp"
#include "domain/grant.hpp"
#include "sqlite/database.hpp"

// Withdrawals of URLs, each within the writer's transaction at hand: what takes a right away
// withdraws in the same. An epoch is raised, and the mark of before goes into the outbox.
namespace signpost::catalog_sqlite {

void withdraw_file(sqlite::Database& database, const domain::File& file);
void withdraw_file_for(sqlite::Database& database, const domain::File& file,
                       std::string_view holder);
// Everything that holder was given.
void withdraw_holder(sqlite::Database& database, std::string_view holder);
// Nothing where there is no such album.
void withdraw_album(sqlite::Database& database, const domain::AlbumId& album);
// A file or an album is about to go, and what is known of it alone.
void forget_epochs(sqlite::Database& database, const domain::FileId& file);
// What a grant to that grantee may have given.
void withdraw_grant(sqlite::Database& database, const domain::GrantTarget& target,
                    const domain::Grantee& grantee);

}  // namespace signpost::catalog_sqlite
