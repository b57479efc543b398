#include "catalog_sqlite/withdrawals.hpp"

#include "catalog_sqlite/rows.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"
#include "catalog_sqlite/statements.hpp"
#include "domain/ticket.hpp"

namespace signpost::catalog_sqlite {

using namespace domain;

namespace {

constexpr std::string_view every_file = "";  // no id is empty

void put_into_outbox(sqlite::Database& database, const std::string& mark) {
  database.prepare("INSERT INTO withdrawal(mark) VALUES(?)").bind(0, mark).run();
}

// Raises the epoch of a holder's URLs, for one file or for every one; gives the one before.
std::uint64_t raise_epoch(sqlite::Database& database, std::string_view file,
                          std::string_view holder) {
  auto raise = database.prepare(
      "INSERT INTO url_epoch(file, holder, epoch) VALUES(?,?,1)"
      " ON CONFLICT(file, holder) DO UPDATE SET epoch=epoch+1 RETURNING epoch");
  raise.bind_all(file, holder).step();
  auto before = static_cast<std::uint64_t>(raise.integer(0)) - 1;
  raise.run();
  return before;
}

std::uint64_t epoch_column(const sqlite::Statement& row, int column) {
  return static_cast<std::uint64_t>(row.optional_integer(column).value_or(0));
}

}  // namespace

void withdraw_file(sqlite::Database& database, const File& file) {
  put_into_outbox(database, mark_of_file(file.id, file.epoch));
  database.prepare("UPDATE file SET epoch=epoch+1 WHERE id=?").bind(0, file.id.text()).run();
}

void withdraw_file_for(sqlite::Database& database, const File& file, std::string_view holder) {
  std::uint64_t epoch = raise_epoch(database, file.id.text(), holder);
  put_into_outbox(database, mark_of_file_for(file.id, file.epoch, holder, epoch));
}

void withdraw_holder(sqlite::Database& database, std::string_view holder) {
  std::uint64_t epoch = raise_epoch(database, every_file, holder);
  put_into_outbox(database, mark_of_holder(holder, epoch));
}

void withdraw_album(sqlite::Database& database, const AlbumId& album) {
  auto raise = database.prepare("UPDATE album SET epoch=epoch+1 WHERE id=? RETURNING epoch");
  if (!raise.bind(0, album.text()).step()) return;
  auto before = epoch_column(raise, 0) - 1;
  raise.run();
  put_into_outbox(database, mark_of_album(album, before));
}

void forget_epochs(sqlite::Database& database, const FileId& file) {
  database.prepare("DELETE FROM url_epoch WHERE file=?").bind(0, file.text()).run();
}

void withdraw_grant(sqlite::Database& database, const GrantTarget& target, const Grantee& grantee) {
  // Who had it by a group, or as anyone, nobody knows any more: then it is everybody.
  const auto* holder = std::get_if<Principal>(&grantee);
  if (const auto* album = std::get_if<AlbumId>(&target)) {
    if (holder) return withdraw_holder(database, holder->text());
    return withdraw_album(database, *album);
  }
  auto file = find_file_in(database, std::get<FileId>(target));
  if (!file) return;
  if (holder) return withdraw_file_for(database, *file, holder->text());
  withdraw_file(database, *file);
}

template <class Read>
SqliteCatalog::EpochRow SqliteCatalog::epoch_row(std::string_view key, Read read) {
  auto mark = epoch_cache_.mark();
  if (auto kept = epoch_cache_.find(key, mark)) return *kept;
  auto database = readers_.lease();
  std::optional<EpochRow> row = read(*database);
  if (!row) return {};
  epoch_cache_.keep(key, std::make_shared<const EpochRow>(*row), sizeof(EpochRow), mark);
  return *row;
}

SqliteCatalog::EpochRow SqliteCatalog::holder_epochs(const Principal* holder) {
  const std::string_view text = holder_text(holder);
  return epoch_row(text, [&](sqlite::Database& database) {
    auto find = database.prepare(
        "SELECT (SELECT epoch FROM url_epoch WHERE file='' AND holder=?1),"
        " EXISTS(SELECT 1 FROM url_epoch WHERE holder=?1 AND file<>''),"
        " (SELECT disabled FROM user WHERE username=?2)");
    find.bind(0, text);
    if (holder && holder->issuer() == local_issuer) find.bind(1, holder->subject());
    find.step();
    return EpochRow{.epoch = epoch_column(find, 0),
                    .for_files = epoch_column(find, 1) != 0,
                    .disabled = epoch_column(find, 2) != 0};
  });
}

// What many URLs have in common is kept by that, so that few rows do for all; an epoch of one file
// for one holder is looked for only where the holder has any.
UrlEpochs SqliteCatalog::url_epochs(const EpochRow& of_holder, const Principal* holder,
                                    const File& file) {
  UrlEpochs epochs{.holder = of_holder.epoch, .disabled = of_holder.disabled};
  // No holder begins with a zero byte, and no album, file or holder has one in it.
  if (file.album) {
    const std::string& album = file.album->text();
    // Not kept where it is not there: it may be made, and that touches nothing.
    auto read = [&](sqlite::Database& database) -> std::optional<EpochRow> {
      auto find = database.prepare("SELECT epoch FROM album WHERE id=?");
      if (!find.bind(0, album).step()) return std::nullopt;
      return EpochRow{.epoch = epoch_column(find, 0)};
    };
    epochs.album = epoch_row('\0' + album, read).epoch;
  }
  if (of_holder.for_files) {
    const std::string text(holder_text(holder));
    auto read = [&](sqlite::Database& database) {
      auto find = database.prepare("SELECT epoch FROM url_epoch WHERE file=? AND holder=?");
      find.bind_all(std::string_view(file.id.text()), std::string_view(text));
      return EpochRow{.epoch = find.step() ? epoch_column(find, 0) : 0};
    };
    epochs.file_for_holder = epoch_row(text + '\0' + file.id.text(), read).epoch;
  }
  return epochs;
}

UrlEpochs SqliteCatalog::find_url_epochs(const Principal* holder, const File& file) {
  return url_epochs(holder_epochs(holder), holder, file);
}

std::vector<UrlEpochs> SqliteCatalog::find_all_url_epochs(const Principal* holder,
                                                          std::span<const Row<File>> files) {
  const EpochRow of_holder = holder_epochs(holder);
  std::vector<UrlEpochs> out;
  out.reserve(files.size());
  for (const Row<File>& file : files)
    out.push_back(file ? url_epochs(of_holder, holder, *file) : UrlEpochs{});
  return out;
}

std::expected<void, CatalogError> SqliteCatalog::withdraw_urls(
    const FileId& id, const Principal& owner, const std::optional<std::string>& holder) {
  using Result = std::expected<void, CatalogError>;
  return write([&](sqlite::Database& database) -> Result {
    auto file = find_file_in(database, id);
    if (!file || file->owner != owner) return std::unexpected(CatalogError::not_found);
    if (holder) {
      withdraw_file_for(database, *file, *holder);
    } else {
      withdraw_file(database, *file);
    }
    return {};
  });
}

std::vector<Withdrawal> SqliteCatalog::pending_withdrawals(std::size_t limit) {
  auto database = readers_.lease();
  auto find = database->prepare("SELECT number, mark FROM withdrawal ORDER BY number LIMIT ?");
  find.bind(0, static_cast<std::int64_t>(limit));
  std::vector<Withdrawal> out;
  while (find.step()) out.push_back({find.integer(0), std::string(find.text(1))});
  return out;
}

void SqliteCatalog::forget_withdrawals(std::span<const Withdrawal> withdrawals) {
  write(nothing(), [&](sqlite::Database& database) {
    for (const Withdrawal& one : withdrawals)
      database.prepare("DELETE FROM withdrawal WHERE number=?").bind(0, one.number).run();
  });
}

}  // namespace signpost::catalog_sqlite
