#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "storage/file_io.hpp"

namespace signpost::storage {

// The name of a data file: 32 random hexadecimal digits, never anything of the key.
using DataId = std::string;

// Another process has this store open.
class AlreadyRunning : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Where things lie below the store's directory (docs/formats/store.md). Made durable when it is
// made: each directory and all of its ancestors are synced before anything is put into it.
class Layout {
 public:
  Layout(FileIo& io, std::string directory);

  std::string index_file() const { return directory_ + "/index.db"; }
  std::string data_directory(const DataId& id) const;
  std::string data_file(const DataId& id) const;
  // Every data file that is there, with its age.
  struct Found {
    DataId id;
    std::int64_t age_seconds;
  };
  std::vector<Found> data_files() const;

 private:
  void take_lock();
  void prepare(FileIo& io);
  std::string directory_;
  Fd lock_;
};

}  // namespace signpost::storage
