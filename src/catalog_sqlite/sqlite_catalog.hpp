#pragma once

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "domain/catalog.hpp"
#include "sqlite/commit_watch.hpp"
#include "sqlite/database_pool.hpp"
#include "sqlite/group_commit_writer.hpp"
#include "sqlite/row_cache.hpp"

namespace signpost::catalog_sqlite {

// The catalog in one SQLite file: any number of readers, one writer that commits in groups. A read
// is a few microseconds from the page cache; files, sessions and API tokens are kept until somebody
// commits something (docs/adr/0013). Throws sqlite::Error where the file or its disk fails,
// and std::runtime_error where the file is of a later version.
class SqliteCatalog final : public domain::Catalog {
 public:
  // `cache_bytes`: what rows may take that are kept in memory.
  explicit SqliteCatalog(const std::string& file, std::size_t cache_bytes = default_cache_bytes);

  std::optional<domain::KeyedAnswer> find_keyed_answer(const domain::Principal& principal,
                                                       std::string_view key,
                                                       UnixSeconds now) override;
  std::size_t delete_old_keyed_answers(UnixSeconds now) override;

  std::expected<void, domain::CatalogError> create_user(const domain::User& user,
                                                        Keyed answer) override;
  void take_back_user(const domain::User& user) override;
  std::optional<domain::User> find_user(std::string_view username) override;
  domain::UserPage list_users(std::size_t limit, std::string_view after) override;
  std::expected<domain::User, domain::CatalogError> patch_user(
      std::string_view username, const domain::UserPatch& patch) override;

  std::expected<void, domain::CatalogError> create_session(const domain::Session& session,
                                                           const Sha256Digest& token_hash,
                                                           const Secret* checked) override;
  domain::Row<domain::Session> find_session(const Sha256Digest& token_hash,
                                            UnixSeconds now) override;
  std::expected<domain::SessionPage, domain::CatalogError> list_sessions(
      const domain::Principal& principal, std::size_t limit,
      const std::optional<std::string>& after, UnixSeconds now) override;
  bool delete_session(const Sha256Digest& token_hash) override;
  bool delete_session_by_id(std::string_view id, const domain::Principal* principal) override;
  std::size_t delete_expired_sessions(UnixSeconds now) override;

  std::expected<void, domain::CatalogError> create_api_token(const domain::ApiToken& token,
                                                             const Sha256Digest& hash,
                                                             Keyed answer) override;
  domain::Row<domain::ApiToken> find_api_token(const Sha256Digest& hash, UnixSeconds now) override;
  std::expected<domain::ApiTokenPage, domain::CatalogError> list_api_tokens(
      const domain::Principal& principal, std::size_t limit,
      const std::optional<std::string>& after, UnixSeconds now) override;
  bool delete_api_token(std::string_view id, const domain::Principal* principal) override;
  std::size_t delete_expired_api_tokens(UnixSeconds now) override;

  std::expected<void, domain::CatalogError> create_file(const domain::File& file,
                                                        Keyed answer) override;
  domain::Row<domain::File> find_file(const domain::FileId& id) override;
  std::vector<domain::Row<domain::File>> find_files(std::span<const domain::FileId> ids) override;
  std::vector<domain::File> scan_files(std::string_view after, std::size_t limit) override;
  bool names_object(const domain::ObjectRef& object) override;
  std::expected<domain::FilePage, domain::CatalogError> list_files(
      const domain::FileQuery& query) override;
  std::expected<domain::File, domain::CatalogError> complete_file(
      const domain::File& seen, const domain::FileCompletion& completion, UnixSeconds now) override;
  std::expected<domain::File, domain::CatalogError> fail_file(const domain::File& seen,
                                                              UnixSeconds now) override;
  std::expected<domain::File, domain::CatalogError> patch_file(const domain::File& seen,
                                                               const domain::FilePatch& patch,
                                                               UnixSeconds now) override;
  std::expected<domain::File, domain::CatalogError> delete_file(const domain::File& seen,
                                                                UnixSeconds now) override;

  domain::IdleFiles idle_files(UnixSeconds before, std::size_t limit) override;
  std::expected<domain::File, domain::CatalogError> delete_idle_file(const domain::FileId& id,
                                                                     UnixSeconds before) override;

  std::expected<void, domain::CatalogError> create_album(const domain::Album& album,
                                                         Keyed answer) override;
  std::optional<domain::Album> find_album(const domain::AlbumId& id) override;
  domain::AlbumPage list_albums(const domain::Principal& owner, std::optional<std::int64_t> after,
                                std::size_t limit) override;
  std::expected<domain::Album, domain::CatalogError> rename_album(const domain::AlbumId& id,
                                                                  const domain::Principal& owner,
                                                                  std::string_view name,
                                                                  UnixSeconds now) override;
  bool delete_album(const domain::AlbumId& id, const domain::Principal& owner) override;

  std::expected<domain::Grant, domain::CatalogError> put_grant(const domain::GrantTarget& target,
                                                               const domain::Principal& owner,
                                                               const domain::Grant& grant) override;
  bool delete_grant(const domain::GrantTarget& target, const domain::Grantee& grantee) override;
  std::vector<domain::Grant> list_grants(const domain::GrantTarget& target, std::string_view after,
                                         std::size_t limit) override;
  domain::FoundGrants find_grants(const std::optional<domain::FileId>& file,
                                  const std::optional<domain::AlbumId>& album,
                                  std::span<const domain::Grantee> whom) override;

  domain::UrlEpochs find_url_epochs(const domain::Principal* holder,
                                    const domain::File& file) override;
  std::vector<domain::UrlEpochs> find_all_url_epochs(
      const domain::Principal* holder, std::span<const domain::Row<domain::File>> files) override;
  std::expected<void, domain::CatalogError> withdraw_urls(
      const domain::FileId& file, const domain::Principal& owner,
      const std::optional<std::string>& holder) override;
  std::vector<domain::Withdrawal> pending_withdrawals(std::size_t limit) override;
  void forget_withdrawals(std::span<const domain::Withdrawal> withdrawals) override;

  void note_url_holders(std::span<const domain::UrlHolder> holders) override;
  std::string fetch_place(std::string_view bucket) override;
  bool add_fetches(std::string_view bucket, std::string_view place,
                   const s3::FetchReport& report) override;
  domain::FetchPage list_fetches(const domain::FetchQuery& query) override;
  std::size_t delete_old_fetches(UnixSeconds before) override;

  std::vector<domain::ObjectRef> doomed_objects(std::string_view bucket,
                                                std::size_t limit) override;
  void forget_doomed_object(const domain::ObjectRef& object) override;
  void postpone_doomed_object(const domain::ObjectRef& object) override;

  Secret shared_secret(std::string_view name) override;

 private:
  // Which kept rows a change makes worthless.
  struct Touched {
    bool everything = true;
    std::vector<std::string> files = {};
    std::vector<std::string> sessions = {};
    bool url_epochs = false;
  };
  static Touched nothing() { return {.everything = false}; }
  static Touched only(const domain::FileId& file) {
    return {.everything = false, .files = {file.text()}};
  }
  static Touched only(const Sha256Digest& session) {
    return {.everything = false, .sessions = {std::string(as_bytes_view(session))}};
  }

  // The only way to the writer. What is not said to touch less touches everything.
  template <class F>
  auto write(Touched touched, F change) {
    return group_commit_.submit([&](sqlite::Database& database) {
      touched_.everything |= touched.everything;
      std::ranges::move(touched.files, std::back_inserter(touched_.files));
      std::ranges::move(touched.sessions, std::back_inserter(touched_.sessions));
      return change(database);
    });
  }
  template <class F>
  auto write(F change) {
    return write(Touched(), std::move(change));
  }
  void on_begun();
  void on_committed();

  // An epoch of URLs (domain/ticket.hpp), by what they have in common.
  struct EpochRow {
    std::uint64_t epoch = 0;
    bool for_files = false;  // of a holder: whether some file has another one for it
    bool disabled = false;   // of a holder: a local user who may not sign in (any more)
  };
  template <class Read>
  EpochRow epoch_row(std::string_view key, Read read);
  EpochRow holder_epochs(const domain::Principal* holder);
  domain::UrlEpochs url_epochs(const EpochRow& of_holder, const domain::Principal* holder,
                               const domain::File& file);

  domain::Row<domain::File> read_file_row(sqlite::Database& database, const domain::FileId& id,
                                          const sqlite::RowCache<domain::File>::Mark& mark);

  static constexpr std::size_t default_cache_bytes = 64 << 20;

  sqlite::DatabasePool readers_;
  // Of the transaction under way; the writer's thread alone uses them.
  Touched touched_;
  std::optional<sqlite::CommitMark> before_;
  sqlite::GroupCommitWriter group_commit_;
  sqlite::CommitWatch watch_;  // after the writer, which makes the file
  sqlite::RowCache<domain::File> file_cache_;
  sqlite::RowCache<domain::Session> session_cache_;
  sqlite::RowCache<domain::ApiToken> token_cache_;
  sqlite::RowCache<EpochRow> epoch_cache_;
};

}  // namespace signpost::catalog_sqlite
