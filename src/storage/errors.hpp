#pragma once

#include <stdexcept>
#include <string>

namespace signpost::storage {

// The disk, or the index on it, did not do as told. Nothing was acknowledged; the object's previous
// version is as it was.
class IoError : public std::runtime_error {
 public:
  // error_number: the errno, or 0 where the system named none.
  IoError(int error_number, const std::string& what)
      : std::runtime_error(what), error_number_(error_number) {}
  int error_number() const { return error_number_; }
  // No space, no inodes or over quota: reads and deletes go on (507 or 503 to the client).
  bool out_of_space() const;

 private:
  int error_number_;
};

// The index names bytes that are not there or not the right length.
class CorruptObject : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Store::open: another process has the directory open.
class StoreLocked : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Store::open: the directory holds something else, or parts of two stores.
class NotAStore : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Store::open: written by a newer program.
class FormatTooNew : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace signpost::storage
