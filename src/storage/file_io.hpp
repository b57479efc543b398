#pragma once

#include <sys/types.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace signpost::storage {

// A file system call failed. `number` is its errno: ENOSPC and EDQUOT mean a full disk.
class IoError : public std::runtime_error {
 public:
  IoError(int number, const std::string& doing);
  int number() const { return number_; }
  bool is_disk_full() const;

 private:
  int number_;
};

// Bytes were read that are not the ones that were written, or fewer of them.
class DamageError : public IoError {
 public:
  explicit DamageError(const std::string& what);
};

// Thrown where a call was not to wait for the disk and would have to: to be made again where it
// may.
class WouldWait : public IoError {
 public:
  using IoError::IoError;
};

// Whether a read may wait for the disk, or is to be content with what the system has in memory.
enum class Wait { allowed, never };

// Whether what is written stays in the system's memory for who reads it next.
enum class Keep { in_memory, on_disk };

// Every call that the store makes to the file system of its objects, one method a system call, so
// that a test can put any errno, a short write or a kill before or after any of them. What the
// methods return is what the kernel returns: -1 and errno on failure.
class FileIo {
 public:
  virtual ~FileIo() = default;
  virtual int open(const char* path, int flags, mode_t mode);
  virtual ssize_t write(int fd, const char* bytes, std::size_t count);
  // The same, but the system's memory is to have it no longer than the disk needs. A hint: the same
  // as write() where this kernel or file system knows no such thing.
  virtual ssize_t write_uncached(int fd, const char* bytes, std::size_t count);
  virtual ssize_t pread(int fd, char* into, std::size_t count, std::uint64_t offset);
  // The same to read, but from the system's memory alone: EAGAIN where that does not have it, and
  // where this kernel or file system cannot tell.
  virtual int open_cached(const char* path);
  virtual ssize_t pread_cached(int fd, char* into, std::size_t count, std::uint64_t offset);
  // Maps some of a file to be read, from the beginning of a page on; MAP_FAILED and errno on
  // failure.
  virtual void* map(int fd, std::size_t count, std::uint64_t offset);
  // Whether all of these mapped bytes, which begin a page, are in the system's memory; false where
  // this kernel cannot tell.
  virtual bool is_in_memory(const void* mapped, std::size_t count);
  virtual ssize_t copy_file_range(int from, std::uint64_t offset, int to, std::size_t count);
  // Lets the disk begin with what is written there. A hint: it promises nothing, and what fails is
  // heard of at the next fdatasync.
  virtual void start_writeback(int fd, std::uint64_t offset, std::uint64_t count);
  virtual int fdatasync(int fd);
  virtual int fsync(int fd);
  virtual int rename(const char* from, const char* to);
  virtual int unlink(const char* path);
  virtual int mkdir(const char* path, mode_t mode);
  // Asks for the directories in that one to lie far from each other on the disk. A hint.
  virtual void spread_directories(int fd);
};

// An owned descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// Loops over EINTR and short writes; throw IoError with the path in its text, or WouldWait.
Fd open_file(FileIo& io, const std::string& path, int flags, mode_t mode = 0600);
Fd open_to_read(FileIo& io, const std::string& path, Wait wait);
void write_all(FileIo& io, int fd, std::string_view bytes, const std::string& path,
               Keep keep = Keep::in_memory);
// The first `count` bytes of one file to the end of another: inside the kernel where it can, else
// through a buffer. A source that is shorter is an IoError.
void copy_all(FileIo& io, int from, int to, std::uint64_t count, const std::string& path);
// How many bytes were there; fewer than asked only at the file's end.
std::size_t read_at(FileIo& io, int fd, char* into, std::size_t count, std::uint64_t offset,
                    const std::string& path, Wait wait = Wait::allowed);
// Never retried: after a failed fsync the kernel may have dropped the pages, so that a second one
// would succeed without them.
void sync_file(FileIo& io, int fd, const std::string& path);
void sync_directory(FileIo& io, const std::string& path);

}  // namespace signpost::storage
