#include "sqlite/database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace signpost::sqlite {
namespace {

constexpr sqlite3_int64 page_bytes = 4096;  // SQLite's, where nothing is said
constexpr int chunk_bytes = 64 << 10;

// Where SQLite could not make a file it asks for it once more, only to read it, and so forgets why:
// whether the folder has room for another one, 0 or the errno.
int errno_of_a_new_file(const std::string& beside) {
  const auto folder = std::filesystem::absolute(beside).parent_path();
  const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor < 0) return errno;
  ::close(descriptor);
  return 0;
}

[[noreturn]] void fail(sqlite3* handle, std::string_view doing, const char* file) {
  int code = handle != nullptr ? sqlite3_extended_errcode(handle) : SQLITE_NOMEM;
  std::string reason = handle != nullptr ? sqlite3_errmsg(handle) : "out of memory";
  int system_errno = handle != nullptr ? sqlite3_system_errno(handle) : 0;
  if ((code & 0xff) == SQLITE_CANTOPEN && file != nullptr) {
    const int cause = errno_of_a_new_file(file);
    if (cause == ENOSPC || cause == EDQUOT) {
      system_errno = cause;
      reason += ": " + std::generic_category().message(cause);
    }
  }
  const bool damaged = (code & 0xff) == SQLITE_NOTADB || (code & 0xff) == SQLITE_CORRUPT;
  if (damaged && file != nullptr) reason += std::string(": ") + file;
  throw Error(code, std::string(doing) + ": " + reason, system_errno);
}

[[noreturn]] void fail(sqlite3* handle, std::string_view doing) {
  fail(handle, doing, handle != nullptr ? sqlite3_db_filename(handle, "main") : nullptr);
}

bool says_disk_full(int result, int system_errno) {
  const int primary = result & 0xff;
  const bool asked_system = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN;
  return primary == SQLITE_FULL ||
         (asked_system && (system_errno == ENOSPC || system_errno == EDQUOT));
}

bool says_failed_io(int result) {
  const int primary = result & 0xff;
  return primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_NOMEM;
}

}  // namespace

Error::Error(int result, const std::string& what, int system_errno)
    : Error(says_disk_full(result, system_errno) ? std::errc::no_space_on_device
            : says_failed_io(result)             ? std::errc::io_error
                                                 : std::errc::state_not_recoverable,
            result, what, system_errno) {}

Error::Error(std::errc code, int result, const std::string& what, int system_errno)
    : std::system_error(std::make_error_code(code)),
      result_(result),
      system_errno_(system_errno),
      what_(what) {}

bool Error::is_unique_violation() const {
  return result_ == SQLITE_CONSTRAINT_UNIQUE || result_ == SQLITE_CONSTRAINT_PRIMARYKEY ||
         result_ == SQLITE_CONSTRAINT_ROWID;
}

bool Error::is_disk_full() const {
  return says_disk_full(result_, system_errno_);
}

bool Error::is_failed_io() const {
  return says_failed_io(result_);
}

Statement::~Statement() {
  if (place_.empty()) return;
  sqlite3_reset(statement_);  // repeats the error that step() threw
  sqlite3_clear_bindings(statement_);
  database_->idle_.insert(std::move(place_));
}

void Statement::check(int result) const {
  if (result != SQLITE_OK) fail(database_->handle_, sqlite3_sql(statement_));
}

Statement& Statement::bind(int index, std::string_view text) {
  // A null pointer would bind NULL: an empty text is not that.
  const char* data = text.data() != nullptr ? text.data() : "";
  check(
      sqlite3_bind_text64(statement_, index + 1, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_blob(int index, std::string_view bytes) {
  const char* data = bytes.data() != nullptr ? bytes.data() : "";
  check(sqlite3_bind_blob64(statement_, index + 1, data, bytes.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind(int index, std::int64_t value) {
  check(sqlite3_bind_int64(statement_, index + 1, value));
  return *this;
}

Statement& Statement::bind(int index, std::nullptr_t) {
  check(sqlite3_bind_null(statement_, index + 1));
  return *this;
}

bool Statement::step() {
  int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  fail(database_->handle_, sqlite3_sql(statement_));
}

std::string_view Statement::text(int column) const {
  // The value first: it may convert, and so change the length.
  auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::optional<std::string> Statement::optional_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return std::string(text(column));
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

Database::Database(const std::string& file, Access access) {
  int flags = access == Access::read_only ? SQLITE_OPEN_READONLY
                                          : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  // Nobody asks how much memory SQLite has, which it would count under a lock at each allocation.
  // Too late where something else in this process has begun to use it, which does no harm.
  static const int not_counted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(not_counted);
  int result = sqlite3_open_v2(file.c_str(), &handle_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  try {
    if (result != SQLITE_OK) fail(handle_, "opening " + file, file.c_str());
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, 10'000);
    if (access == Access::read_write) {
      ::chmod(file.c_str(), 0600);  // where it fails, the file is somebody else's and writes fail
      use_write_ahead_log(file);
    }
    // The file grows by so much at a time; without it SQLITE_FCNTL_SIZE_HINT does nothing.
    int chunk = chunk_bytes;
    sqlite3_file_control(handle_, "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk);
    execute("PRAGMA foreign_keys=ON");
    execute("PRAGMA trusted_schema=OFF");
    // No mmap: an I/O error in a mapped page is a signal that ends the process, not an error here.
    execute("PRAGMA cache_size=-8192");  // KiB
  } catch (...) {
    close();
    throw;
  }
}

Database::~Database() {
  close();
}

void Database::use_write_ahead_log(const std::string& file) {
  // For give_back_room(): before the first page is written, for later it is only a commit.
  if (page_count() == 0) execute("PRAGMA auto_vacuum=INCREMENTAL");
  {
    Statement mode = prepare("PRAGMA journal_mode=WAL");
    if (!mode.step() || mode.text(0) != "wal")
      throw Error(SQLITE_CANTOPEN, file + ": this file system cannot hold a write-ahead log");
  }
  execute("PRAGMA synchronous=FULL");
}

void Database::close() {
  for (auto& [sql, statement] : idle_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Statement Database::prepare(std::string_view sql) {
  if (auto kept = idle_.extract(sql)) return {*this, std::move(kept)};
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
    fail(handle_, sql);
  return {*this, idle_.extract(idle_.emplace(sqlite3_sql(statement), statement))};
}

void Database::execute(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(handle_, sql);
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(handle_);
}
std::int64_t Database::last_row_id() const {
  return sqlite3_last_insert_rowid(handle_);
}
bool Database::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

ReadTransaction::ReadTransaction(Database& database) : database_(database) {
  database_.execute("BEGIN");
}

ReadTransaction::~ReadTransaction() {
  // Nothing was written, so there is nothing that could fail to be kept.
  sqlite3_exec(database_.handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

std::int64_t Database::page_count() {
  auto count = prepare("PRAGMA page_count");
  return count.step() ? count.integer(0) : 0;
}

bool Database::has_idle_room() {
  constexpr std::int64_t kept_pages = (16 << 20) / page_bytes;
  auto can_give = prepare("PRAGMA auto_vacuum");
  if (!can_give.step() || can_give.integer(0) == 0) return false;
  auto free = prepare("PRAGMA freelist_count");
  const std::int64_t idle = free.step() ? free.integer(0) : 0;
  return idle > std::max(kept_pages, page_count() / 4);
}

void Database::give_back_room() {
  execute("PRAGMA incremental_vacuum(64)");
}

void Database::copy_log_back() {
  execute("PRAGMA wal_checkpoint(PASSIVE)");
}

bool Database::make_room(std::int64_t pages) const {
  sqlite3_int64 bytes = pages * page_bytes;
  return sqlite3_file_control(handle_, "main", SQLITE_FCNTL_SIZE_HINT, &bytes) == SQLITE_OK;
}

void Database::migrate(std::span<const char* const> steps) {
  auto version = [&] {
    Statement statement = prepare("PRAGMA user_version");
    statement.step();
    return static_cast<std::size_t>(statement.integer(0));
  };
  if (version() > steps.size())
    throw std::runtime_error("the database was written by a later version of signpost (schema " +
                             std::to_string(version()) + ", this one knows " +
                             std::to_string(steps.size()) + "): use that version");
  for (std::size_t at = version(); at < steps.size(); ++at) {
    execute("BEGIN IMMEDIATE");
    try {
      execute(steps[at]);
      execute(("PRAGMA user_version=" + std::to_string(at + 1)).c_str());
      execute("COMMIT");
    } catch (...) {
      if (in_transaction()) execute("ROLLBACK");
      throw;
    }
  }
}

}  // namespace signpost::sqlite
