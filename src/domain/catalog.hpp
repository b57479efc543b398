#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "domain/account.hpp"
#include "domain/api_token.hpp"
#include "domain/fetch.hpp"
#include "domain/file.hpp"
#include "domain/grant.hpp"
#include "domain/keyed_answer.hpp"
#include "domain/principal.hpp"
#include "domain/withdrawal.hpp"

namespace signpost::domain {

enum class CatalogError {
  taken,          // the id or the user's name belongs to another entry
  object_taken,   // the object does, or is waiting to be deleted
  not_found,      // no such entry
  wrong_state,    // the file is not pending (any more)
  too_many,       // that principal has as many as one may have
  no_album,       // the file's album is none (any more)
  repeated,       // an answer is kept under that Idempotency-Key: find_keyed_answer() has it
  too_many_keys,  // that principal has limits::idempotency_keys of them
  last_admin,     // nobody would be left who may manage accounts
};

enum class FileSortKey { created_at, name, size };
struct FileSort {
  FileSortKey key = FileSortKey::created_at;
  bool descending = true;
};
// "created_at", "-created_at", "name", "-name", "size", "-size": '-' is descending.
std::optional<FileSort> parse_file_sort(std::string_view text);

struct FileQuery {
  std::optional<Principal> owner;  // whosoever: only within an album that the caller may see
  std::optional<AlbumId> album;
  std::optional<std::string> text;          // part of the name, ASCII case ignored
  std::optional<std::string> content_type;  // "image/png" or "image/*"
  FileSort sort;
  std::size_t limit = 100;           // 1 to 1000
  std::optional<std::string> after;  // FilePage::next of the page before, under the same sort
};

struct FilePage {
  std::vector<File> items;
  std::optional<std::string> next;  // not sealed: cursor.hpp does that at the edge
};

struct AlbumPage {
  std::vector<Album> items;
  std::optional<std::int64_t> next;  // not sealed: cursor.hpp does that at the edge
};

// What ends an upload well.
struct FileCompletion {
  std::uint64_t size = 0;
  MediaType content_type;
  std::optional<std::string> sha256;  // lower-case hexadecimal
  std::string etag;                   // without quotes
};

// Pending files.
struct IdleFiles {
  std::size_t open = 0;      // all that are pending
  std::vector<FileId> idle;  // those nobody goes on with, the oldest first
};

// Only what is set is changed; an album that is set to nothing takes the file out of its album.
struct FilePatch {
  std::optional<std::string> name;
  std::optional<std::optional<AlbumId>> album;
  std::optional<std::map<std::string, std::string>> metadata;
};

// What bears on one decision.
struct FoundGrants {
  std::vector<Grant> grants;
  std::optional<Principal> album_owner;
};

// A row as the catalog has it now, shared with whoever else reads it; null where there is none.
template <class T>
using Row = std::shared_ptr<const T>;

// Who owns which file. Thread-safe; every call blocks, so call it from the blocking pool. Only the
// reads of what one key or a few name (find_file, find_grants, find_session, find_api_token,
// find_url_epochs, find_keyed_answer, fetch_place), and pending_withdrawals, of which there are
// mostly none, are short enough for a worker's own thread (docs/adr/0013). A write is durable when
// it returns. Failures of the database are exceptions (std::system_error or a type derived from
// std::runtime_error).
class Catalog {
 public:
  virtual ~Catalog() = default;

  // Everything that creates takes the answer that its caller is going to get, where that came with
  // an Idempotency-Key, and keeps it in the same transaction: the one is there if and only if the
  // other is. repeated: one is kept already, and nothing was created. An error keeps none.
  using Keyed = const std::optional<KeyedAnswer>&;
  // Nothing where there is none, or it is older than limits::idempotency_key_life.
  virtual std::optional<KeyedAnswer> find_keyed_answer(const Principal& principal,
                                                       std::string_view key, UnixSeconds now) = 0;
  // Some of those that are older; how many went.
  virtual std::size_t delete_old_keyed_answers(UnixSeconds now) = 0;

  // Users. The name is compared whatever its case.
  virtual std::expected<void, CatalogError> create_user(const User& user,
                                                        Keyed answer = std::nullopt) = 0;
  // Takes a user back that was just made, and whom nobody knows yet: one that has that name and
  // that hash. What belongs to an account is not looked for.
  virtual void take_back_user(const User& user) = 0;
  virtual std::optional<User> find_user(std::string_view username) = 0;
  // Those behind the name `after`; "" begins.
  virtual UserPage list_users(std::size_t limit, std::string_view after) = 0;
  // Gives the user as it is then. A new password and disabling end every session of that user;
  // disabling ends the API tokens too, and withdraws every URL. not_found; last_admin where no
  // admin would remain that is not disabled: then nothing is changed.
  virtual std::expected<User, CatalogError> patch_user(std::string_view username,
                                                       const UserPatch& patch) = 0;

  // Sessions. create: not_found where its local user is gone or disabled, or has no longer the
  // password whose hash is `checked` (null for who showed no password): who was signing in
  // meanwhile does not get by. The oldest beyond limits::sessions of one principal go. find gives
  // nothing for one that has expired or whose local user is disabled.
  virtual std::expected<void, CatalogError> create_session(const Session& session,
                                                           const Sha256Digest& token_hash,
                                                           const Secret* checked) = 0;
  virtual Row<Session> find_session(const Sha256Digest& token_hash, UnixSeconds now) = 0;
  // taken: `after` is no position of this list.
  virtual std::expected<SessionPage, CatalogError> list_sessions(
      const Principal& principal, std::size_t limit, const std::optional<std::string>& after,
      UnixSeconds now) = 0;
  // True where there was one.
  virtual bool delete_session(const Sha256Digest& token_hash) = 0;
  // The same by its id: of that principal, or of anyone where it is null.
  virtual bool delete_session_by_id(std::string_view id, const Principal* principal) = 0;
  // How many had expired and went.
  virtual std::size_t delete_expired_sessions(UnixSeconds now) = 0;

  // API tokens. create: too_many past limits::api_tokens; not_found where the token that it is made
  // with has gone, or its local user is disabled or gone. find gives nothing for one that has
  // expired, or whose local user is disabled or gone. delete: of that principal, or of anyone where
  // it is null; what was made with the token goes too; true where there was one.
  virtual std::expected<void, CatalogError> create_api_token(const ApiToken& token,
                                                             const Sha256Digest& hash,
                                                             Keyed answer = std::nullopt) = 0;
  virtual Row<ApiToken> find_api_token(const Sha256Digest& hash, UnixSeconds now) = 0;
  // taken: `after` is no position of this list.
  virtual std::expected<ApiTokenPage, CatalogError> list_api_tokens(
      const Principal& principal, std::size_t limit, const std::optional<std::string>& after,
      UnixSeconds now) = 0;
  virtual bool delete_api_token(std::string_view id, const Principal* principal) = 0;
  virtual std::size_t delete_expired_api_tokens(UnixSeconds now) = 0;

  // Files. taken: the id has an entry already. object_taken: the object has one, or is doomed.
  virtual std::expected<void, CatalogError> create_file(const File& file,
                                                        Keyed answer = std::nullopt) = 0;
  virtual Row<File> find_file(const FileId& id) = 0;
  // One for each id, in their order.
  virtual std::vector<Row<File>> find_files(std::span<const FileId> ids) = 0;
  // Everybody's, behind the id `after`, by their ids.
  virtual std::vector<File> scan_files(std::string_view after, std::size_t limit) = 0;
  // Whether a file has that object, or had it and it is doomed.
  virtual bool names_object(const ObjectRef& object) = 0;
  // taken: `after` is not a position of that sort.
  virtual std::expected<FilePage, CatalogError> list_files(const FileQuery& query) = 0;
  // The four below are of the entry that was `seen`, whose object says which it was: not_found also
  // where another has its id by now, so that what was allowed for the one is not done to the other.
  //
  // pending -> ready, once: of two racing calls one gets wrong_state. Ends the upload; a staging
  // key is doomed in the same transaction.
  virtual std::expected<File, CatalogError> complete_file(const File& seen,
                                                          const FileCompletion& completion,
                                                          UnixSeconds now) = 0;
  // pending -> failed; its objects are doomed in the same transaction.
  virtual std::expected<File, CatalogError> fail_file(const File& seen, UnixSeconds now) = 0;
  virtual std::expected<File, CatalogError> patch_file(const File& seen, const FilePatch& patch,
                                                       UnixSeconds now) = 0;
  // Removes the entry; its objects are doomed in the same transaction. Gives the removed entry.
  virtual std::expected<File, CatalogError> delete_file(const File& seen, UnixSeconds now) = 0;

  // Pending files that nobody goes on with: neither changed, nor with an upload that could begin,
  // since `before`. Deleting one is delete_file(); wrong_state where it is no such file any more.
  virtual IdleFiles idle_files(UnixSeconds before, std::size_t limit) = 0;
  virtual std::expected<File, CatalogError> delete_idle_file(const FileId& id,
                                                             UnixSeconds before) = 0;

  // Albums. taken: the id. Deleting one leaves its files, in no album. The list is of one owner,
  // newest first, behind the position `after` (AlbumPage::next).
  virtual std::expected<void, CatalogError> create_album(const Album& album,
                                                         Keyed answer = std::nullopt) = 0;
  virtual std::optional<Album> find_album(const AlbumId& id) = 0;
  virtual AlbumPage list_albums(const Principal& owner, std::optional<std::int64_t> after,
                                std::size_t limit) = 0;
  // These two are of that owner's album: not_found also where another's has the id by now.
  virtual std::expected<Album, CatalogError> rename_album(const AlbumId& id, const Principal& owner,
                                                          std::string_view name,
                                                          UnixSeconds now) = 0;
  // False where there was none.
  virtual bool delete_album(const AlbumId& id, const Principal& owner) = 0;

  // Grants. They go with what they are on. not_found: that owner has no such file or album (any
  // more). A second grant to the same grantee changes its role and keeps its time; gives what is
  // kept.
  virtual std::expected<Grant, CatalogError> put_grant(const GrantTarget& target,
                                                       const Principal& owner,
                                                       const Grant& grant) = 0;
  // True where there was one.
  virtual bool delete_grant(const GrantTarget& target, const Grantee& grantee) = 0;
  // In the order of the grantees' texts, behind `after` where that is not empty.
  virtual std::vector<Grant> list_grants(const GrantTarget& target, std::string_view after,
                                         std::size_t limit) = 0;
  // Those to one of `whom` on the file, if there is one of that id, and on the album, which may be
  // given without a file.
  virtual FoundGrants find_grants(const std::optional<FileId>& file,
                                  const std::optional<AlbumId>& album,
                                  std::span<const Grantee> whom) = 0;

  // URLs. What takes a right away withdraws, in the same transaction, the URLs that it may have
  // given: deleting a file, an album or a grant, taking a file out of an album, disabling a user.
  virtual UrlEpochs find_url_epochs(const Principal* holder, const File& file) = 0;
  // Those of each, in their order; where there is no file, any.
  virtual std::vector<UrlEpochs> find_all_url_epochs(const Principal* holder,
                                                     std::span<const Row<File>> files) = 0;
  // All that were given out for a file, or those of one holder (holder_text()). not_found: that
  // owner has no such file (any more).
  virtual std::expected<void, CatalogError> withdraw_urls(
      const FileId& file, const Principal& owner, const std::optional<std::string>& holder) = 0;
  // What the store has not been told yet, oldest first; whoever has told it says so.
  virtual std::vector<Withdrawal> pending_withdrawals(std::size_t limit) = 0;
  virtual void forget_withdrawals(std::span<const Withdrawal> withdrawals) = 0;

  // What was fetched with URLs. Whom tags are of is told whenever it is noticed, again too. The
  // place up to which a bucket's store was asked is part of the same transaction as what it said,
  // so that nothing counts twice: add_fetches() is false, and adds nothing, where the place is
  // another by now.
  virtual void note_url_holders(std::span<const UrlHolder> holders) = 0;
  virtual std::string fetch_place(std::string_view bucket) = 0;
  virtual bool add_fetches(std::string_view bucket, std::string_view place,
                           const s3::FetchReport& report) = 0;
  virtual FetchPage list_fetches(const FetchQuery& query) = 0;
  // Some of those with no request since then; how many went.
  virtual std::size_t delete_old_fetches(UnixSeconds before) = 0;

  // Doomed objects: those no entry names any more and that the store still has to delete, oldest
  // first. Whoever has deleted one says so; what a crash left over is done at the next start. One
  // that the store will not delete goes behind all others.
  virtual std::vector<ObjectRef> doomed_objects(std::string_view bucket, std::size_t limit) = 0;
  virtual void forget_doomed_object(const ObjectRef& object) = 0;
  virtual void postpone_doomed_object(const ObjectRef& object) = 0;

  // A secret of 32 random bytes that every node shares, made at the first call with that name.
  virtual Secret shared_secret(std::string_view name) = 0;
};

}  // namespace signpost::domain
