#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "storage/errors.hpp"

namespace signpost::storage {

// An open file; closed when it goes.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();

  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_ = -1;
};

enum class IoCall {
  open,
  create,
  write,
  pread,
  copy_file_range,
  fdatasync,
  fsync,
  rename,
  unlink,
  mkdir,
  fstat,
};
inline constexpr std::size_t io_call_count = 11;

// One system call that is about to be made, or was.
struct IoEvent {
  IoCall call;
  int descriptor = -1;     // where the call has one
  std::string_view path;   // where the call has one
  std::string_view bytes;  // what a write is to write
  std::uint64_t offset = 0;
};

// Every file system call of this module but those inside SQLite. Derive from it to see each call,
// or to make it fail, fall short or never return. EINTR and short writes are dealt with here, and
// every descriptor is close-on-exec. Thread-safe. Every call but the try_ ones throws IoError.
class FileIo {
 public:
  virtual ~FileIo() = default;

  FileDescriptor create(const std::filesystem::path& file);  // new, for writing, mode 0600
  FileDescriptor open(const std::filesystem::path& file);    // for reading
  // Nothing where there is no such file.
  std::optional<FileDescriptor> try_open(const std::filesystem::path& file);
  FileDescriptor open_directory(const std::filesystem::path& directory);

  void write_all(int descriptor, std::string_view bytes);
  // As many bytes as there are, up to the buffer's size; fewer only at the end of the file.
  std::size_t read(int descriptor, std::uint64_t offset, std::span<char> buffer);
  // `count` bytes from the start of one file to the end of the other, in the kernel where it can.
  void copy_all(int from, int to, std::uint64_t count);
  void fdatasync(int descriptor);
  void fsync(int descriptor);
  void fsync_directory(const std::filesystem::path& directory);
  void rename(const std::filesystem::path& from, const std::filesystem::path& to);
  // False where there was none.
  bool unlink(const std::filesystem::path& file);
  // With mode 0700. False where it was there.
  bool make_directory(const std::filesystem::path& directory);
  // Makes what is missing of the path, and makes each new name in it durable.
  void make_directories(const std::filesystem::path& directory);

  struct Status {
    std::uint64_t size;  // bytes
    std::chrono::sys_seconds modified;
  };
  Status status(int descriptor);

  // How often a call was made, the injected failures included.
  std::uint64_t count(IoCall call) const {
    return counts_[static_cast<std::size_t>(call)].load(std::memory_order_relaxed);
  }

 protected:
  struct Fault {
    int error_number = 0;                                // fail with this, without the call
    std::size_t at_most = ~static_cast<std::size_t>(0);  // read or write no more bytes than this
  };
  virtual Fault before(const IoEvent&) { return {}; }
  virtual void after(const IoEvent&) {}

 private:
  template <class Call>
  ssize_t attempt(const IoEvent& event, Call&& call);
  FileDescriptor open_with(IoCall call, const std::filesystem::path& file, int flags);
  bool copy_some(int from, int to, std::uint64_t& done, std::uint64_t count);

  std::array<std::atomic<std::uint64_t>, io_call_count> counts_{};
};

}  // namespace signpost::storage
