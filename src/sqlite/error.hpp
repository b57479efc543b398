#pragma once

#include <stdexcept>
#include <string>

namespace signpost::sqlite {

// Anything that SQLite refused. All of it is the environment's doing or a bug; a constraint that a
// caller's input can violate is for the caller of this module to look at first, or to tell apart
// with is_constraint().
class SqliteError : public std::runtime_error {
 public:
  // code: SQLite's extended result code. system_errno: what the last system call said, or 0.
  SqliteError(int code, int system_errno, const std::string& message)
      : std::runtime_error(message), code_(code), system_errno_(system_errno) {}

  int code() const { return code_; }
  int system_errno() const { return system_errno_; }
  bool is_constraint() const;
  // SQLITE_FULL, or an I/O error that the system explained with ENOSPC or EDQUOT.
  bool out_of_space() const;

 private:
  int code_;
  int system_errno_;
};

// A group's transaction failed as a whole (GroupCommitWriter). Whether it is durable is unknown
// until the database has been opened again after a crash: treat what it wrote as neither there nor
// gone, and do not undo by hand what belongs to it.
class GroupFailed : public SqliteError {
 public:
  using SqliteError::SqliteError;
};

// The database was written by a newer program.
class SchemaTooNew : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace signpost::sqlite
