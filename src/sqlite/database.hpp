#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace signpost::sqlite {

// What the database file or its disk did: full, gone, locked by somebody else, corrupt. Not for
// what a caller's input can cause, except `constraint`, which callers turn into their own answer.
// Who knows nothing of SQLite asks std::system_error::code(): errc::no_space_on_device for a full
// disk, errc::io_error for one that fails, errc::state_not_recoverable for anything else.
class Error : public std::system_error {
 public:
  Error(int result, const std::string& what, int system_errno = 0);
  // The sentence that was given, without the code's.
  const char* what() const noexcept override { return what_.what(); }
  // SQLite's extended result code.
  int result() const { return result_; }
  // What the system call said that failed last, or 0.
  int system_errno() const { return system_errno_; }
  bool is_unique_violation() const;
  // No space, or over quota.
  bool is_disk_full() const;
  // A system call on the file failed, or memory was short.
  bool is_failed_io() const;

 protected:
  Error(std::errc code, int result, const std::string& what, int system_errno);

 private:
  int result_;
  int system_errno_;
  std::runtime_error what_;  // a copy of it throws nothing
};

// A COMMIT failed in such a way that a crash may still bring the change back: treat it as neither
// made nor undone, and take nothing away by hand that belongs to it. Its code() is
// errc::state_not_recoverable, whatever the disk did.
class CommitUnknown : public Error {
 public:
  CommitUnknown(int result, const std::string& what, int system_errno = 0)
      : Error(std::errc::state_not_recoverable, result, what, system_errno) {}
};

class Database;

// Prepared statements by their texts, which are theirs.
using Statements = std::unordered_multimap<std::string_view, sqlite3_stmt*>;

// A prepared statement, checked out of its connection's cache until this goes. Parameters and
// columns count from 0.
class Statement {
 public:
  Statement(Statement&& other) noexcept = default;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  Statement& bind(int index, std::string_view text);  // the text is copied
  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, std::nullptr_t);
  Statement& bind_blob(int index, std::string_view bytes);
  template <class T>
  Statement& bind(int index, const std::optional<T>& value) {
    return value ? bind(index, *value) : bind(index, nullptr);
  }
  // bind(0, first), bind(1, second), ...
  template <class... A>
  Statement& bind_all(const A&... values) {
    int index = 0;
    (bind(index++, values), ...);
    return *this;
  }

  // True while there is a row. Throws Error.
  bool step();
  // For what gives no rows.
  void run() {
    while (step()) {
    }
  }

  // Views of this row, valid until the next step.
  std::string_view text(int column) const;
  std::int64_t integer(int column) const;
  bool is_null(int column) const;
  std::optional<std::string> optional_text(int column) const;
  std::optional<std::int64_t> optional_integer(int column) const;

 private:
  friend class Database;
  Statement(Database& database, Statements::node_type place)
      : database_(&database), place_(std::move(place)), statement_(place_.mapped()) {}
  void check(int result) const;
  Database* database_;
  Statements::node_type place_;  // in the cache; empty once this was moved from
  sqlite3_stmt* statement_;
};

enum class Access { read_write, read_only };

// One connection, for one thread at a time. Write-ahead log, synchronous=FULL: a commit that
// returned survives power loss.
class Database {
 public:
  // read_write creates the file (mode 0600). Throws Error.
  Database(const std::string& file, Access access);
  ~Database();
  Database(Database&&) = delete;

  // Prepared once and kept: `sql` should be one of a fixed set.
  Statement prepare(std::string_view sql);
  // One or more statements without parameters.
  void execute(const char* sql);
  std::int64_t changes() const;
  std::int64_t last_row_id() const;
  // SQLite ends a transaction by itself after some errors: a full disk, a failing one.
  bool in_transaction() const;

  // Pages that the file will have when the log has been copied back.
  std::int64_t page_count();
  // Takes room on the disk for so many pages, so that copying back needs none. False where there
  // is not so much.
  bool make_room(std::int64_t pages) const;
  // Whether the file has much more room, of what was deleted, than new rows will soon need: more
  // than 16 MiB, and a quarter of it. Never of a file that was made before there was this.
  bool has_idle_room();
  // Moves some pages from the file's end into such room, and ends the file there, when the log is
  // copied back: so few that the log's reserve (log_reserve.hpp) has place for them on a full disk.
  void give_back_room();
  // What of the log no reader needs, without waiting for anybody; not within a transaction.
  void copy_log_back();

  // Brings the schema to steps.size() by running the steps that PRAGMA user_version says are
  // missing, each in a transaction of its own. Throws std::runtime_error where the file is of a
  // later program.
  void migrate(std::span<const char* const> steps);

 private:
  friend class Statement;
  friend class CommitWatch;
  friend class ReadTransaction;
  void use_write_ahead_log(const std::string& file);
  void close();
  sqlite3* handle_ = nullptr;
  Statements idle_;
};

// Many reads in one: they see the same state, and the file's locks are taken once for all of them.
class ReadTransaction {
 public:
  explicit ReadTransaction(Database& database);
  ~ReadTransaction();
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

 private:
  Database& database_;
};

}  // namespace signpost::sqlite
