#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "storage/file_io.hpp"

namespace signpost::storage {

// The name of a data file: 32 random hexadecimal digits, never anything of the key, and ".crc32c"
// behind them where the checks of the blocks follow the object's bytes (data_file.hpp).
using DataId = std::string;
inline constexpr std::string_view checked_suffix = ".crc32c";
DataId new_data_id();
// Whether that file has checks: not what was written before there were any.
bool is_checked(const DataId& id);

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
  static constexpr unsigned data_directories = 256;
  // The data files in one of the data_directories, with the time since each was last changed.
  struct Found {
    DataId id;
    std::int64_t age_seconds;
  };
  std::vector<Found> data_files(unsigned directory) const;
  // Notes, once, that the index has been made: an empty one was cut off from then on, also where
  // all objects are in it.
  void note_index(FileIo& io) const;

 private:
  void take_lock();
  void prepare(FileIo& io);
  void refuse_what_is_not_ours() const;
  void refuse_a_lost_index(std::string_view marker) const;
  void write_marker(FileIo& io, const std::string& text) const;
  std::string marker_file() const { return directory_ + "/FORMAT"; }
  void make_store(FileIo& io) const;
  void make_data_directories(FileIo& io) const;

  std::string directory_;
  Fd lock_;
};

}  // namespace signpost::storage
