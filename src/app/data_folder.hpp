#pragma once

#include <stdexcept>
#include <string>

#include "sigv4/credentials.hpp"
#include "storage/file_io.hpp"

namespace signpost::app {

// Another `signpost` works on this folder.
class DataInUse : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// DATA: everything that one deployment keeps on this machine.
//   serve.lock    held while somebody works here; holds the process id
//   secrets.toml  the embedded store's root access key (mode 0600)
//   signpost.db   the catalog
//   store/        the embedded store
class DataFolder {
 public:
  // Makes the folder (mode 0700) where it is missing. Throws storage::IoError.
  explicit DataFolder(std::string path);

  // Throws DataInUse. The lock holds until this object and every process that inherited its
  // descriptor are gone, so that no second store opens the same files.
  void lock();
  // For the processes that inherit it; -1 before lock().
  int lock_descriptor() const { return lock_.get(); }

  const std::string& path() const { return path_; }
  std::string store_directory() const { return path_ + "/store"; }
  std::string secrets_file() const { return path_ + "/secrets.toml"; }
  // A relative name is one in the folder.
  std::string file(const std::string& name) const;

 private:
  std::string path_;
  storage::Fd lock_;
};

struct RootKey {
  sigv4::Credentials credentials;
  bool is_generated = false;  // by this call: nobody has seen it yet
};
// The root access key of the folder's store. At the first call it is `wanted`, or, where that has
// no id, a random one; it is durable when it comes back. Throws std::runtime_error where the file
// is damaged, storage::IoError.
RootKey root_key(const DataFolder& folder, const sigv4::Credentials& wanted = {});

}  // namespace signpost::app
