#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sqlite/error.hpp"
#include "sqlite/statement.hpp"

struct sqlite3;

namespace signpost::sqlite {

enum class Access { read_write, read_only };

struct OpenOptions {
  Access access = Access::read_write;
  // How long a statement waits for another connection's lock before SQLITE_BUSY.
  std::chrono::milliseconds busy_timeout{10'000};
};

// One connection: WAL, synchronous=FULL, foreign keys on, extended result codes. A read_write one
// creates the file. Used by one thread at a time; the statements it prepared are kept for the next
// use of the same text. Every call may throw SqliteError.
class Database {
 public:
  Database(const std::filesystem::path& file, OpenOptions options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // One statement. `sql` should be a literal: each distinct text is kept prepared.
  Statement prepare(std::string_view sql);
  // Prepares, binds and runs a statement that gives no row.
  template <class... A>
  void run(std::string_view sql, const A&... values) {
    prepare(sql).bind_all(values...).run();
  }
  // One or more statements without parameters, not kept.
  void execute(const char* sql);

  // Rows that the last INSERT, UPDATE or DELETE changed.
  std::int64_t changes() const;
  std::int64_t last_insert_rowid() const;
  // False inside a transaction. After some errors (disk full, I/O) SQLite has rolled back by
  // itself.
  bool in_autocommit() const;

  // SQLITE_CHECK result; throws SqliteError unless OK.
  void check(int result) const;

 private:
  friend class Statement;
  void take_back(sqlite3_stmt* handle) noexcept;
  void close() noexcept;

  sqlite3* handle_ = nullptr;
  std::multimap<std::string, sqlite3_stmt*, std::less<>> idle_statements_;
};

// BEGIN at the start, ROLLBACK at the end unless commit() came first.
class Transaction {
 public:
  enum class Kind { deferred, immediate };
  Transaction(Database& database, Kind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

// Brings the schema to steps.size(): step i is the SQL that turns version i into version i + 1
// (PRAGMA user_version), each in a transaction of its own. Throws SchemaTooNew where the database
// is beyond the last step, SqliteError where a step fails; what was there before stays.
void migrate(Database& database, std::span<const char* const> steps);

}  // namespace signpost::sqlite
