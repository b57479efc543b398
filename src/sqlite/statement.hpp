#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3_stmt;

namespace signpost::sqlite {

class Database;

// Bytes that are compared and kept as they are (SQLite's BLOB), against text (TEXT).
struct Blob {
  std::string_view bytes;
};

// A prepared statement on loan from its Database, which takes it back, reset and unbound, when this
// goes. It must not outlive the Database. Every call may throw SqliteError.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  // Parameters count from 1. Values are copied.
  Statement& bind(int parameter, std::string_view text);
  Statement& bind(int parameter, const std::string& text) {
    return bind(parameter, std::string_view(text));
  }
  Statement& bind(int parameter, const char* text) {
    return bind(parameter, std::string_view(text));
  }
  Statement& bind(int parameter, Blob blob);
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, std::integral auto value) {
    return bind(parameter, static_cast<std::int64_t>(value));
  }
  Statement& bind(int parameter, std::nullopt_t null);
  template <class T>
  Statement& bind(int parameter, const std::optional<T>& value) {
    return value ? bind(parameter, *value) : bind(parameter, std::nullopt);
  }
  // The values for parameters 1, 2, 3 ...
  template <class... A>
  Statement& bind_all(const A&... values) {
    int parameter = 0;
    (bind(++parameter, values), ...);
    return *this;
  }

  // True: there is a row. False: done.
  bool step();
  // For a statement that gives no row.
  void run();
  // Back to before the first row, keeping what is bound.
  void reset();

  // Columns count from 0. Views live until the next step(), reset() or the statement's end. A NULL
  // is an empty view or zero; ask is_null() or take the optional where it matters.
  bool is_null(int column) const;
  std::string_view text(int column) const;
  std::string_view blob(int column) const;
  std::int64_t int64(int column) const;
  std::optional<std::string> optional_text(int column) const;
  std::optional<std::int64_t> optional_int64(int column) const;

 private:
  friend class Database;
  Statement(Database& database, sqlite3_stmt* handle) : database_(&database), handle_(handle) {}
  void give_back() noexcept;

  Database* database_;
  sqlite3_stmt* handle_;
};

}  // namespace signpost::sqlite
