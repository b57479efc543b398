#include "storage/file_io.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "base/limits.hpp"

namespace signpost::storage {
namespace {

// This kernel or file system does not copy by itself; no byte of this call was copied.
bool is_unsupported(int number) {
  return number == ENOSYS || number == EOPNOTSUPP || number == EXDEV || number == EINVAL;
}

// Of Linux 6.14, newer than the C library.
constexpr int rwf_dontcache = 0x80;
constexpr off_t at_position = -1;  // that of the descriptor, as write(2)

// What cannot be said without waiting is asked for again where waiting is allowed.
void forget_what_cannot_be_told() {
  if (is_unsupported(errno) || errno == EPERM) errno = EAGAIN;
}

}  // namespace

IoError::IoError(int number, const std::string& doing)
    : std::runtime_error(doing + ": " + std::generic_category().message(number)), number_(number) {}

DamageError::DamageError(const std::string& what) : IoError(EIO, what) {}

bool IoError::is_disk_full() const {
  return number_ == ENOSPC || number_ == EDQUOT;
}

int FileIo::open(const char* path, int flags, mode_t mode) {
  return ::open(path, flags, mode);
}
ssize_t FileIo::write(int fd, const char* bytes, std::size_t count) {
  return ::write(fd, bytes, count);
}
ssize_t FileIo::write_uncached(int fd, const char* bytes, std::size_t count) {
  const iovec piece{const_cast<char*>(bytes), count};
  const ssize_t n = ::pwritev2(fd, &piece, 1, at_position, rwf_dontcache);
  if (n >= 0 || !(is_unsupported(errno) || errno == EPERM)) return n;
  return ::write(fd, bytes, count);
}
ssize_t FileIo::pread(int fd, char* into, std::size_t count, std::uint64_t offset) {
  return ::pread(fd, into, count, static_cast<off_t>(offset));
}
int FileIo::open_cached(const char* path) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC;
  how.resolve = RESOLVE_CACHED;
  const auto fd = static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how));
  if (fd < 0) forget_what_cannot_be_told();
  return fd;
}
ssize_t FileIo::pread_cached(int fd, char* into, std::size_t count, std::uint64_t offset) {
  const iovec piece{into, count};
  const ssize_t n = ::preadv2(fd, &piece, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  if (n < 0) forget_what_cannot_be_told();
  return n;
}
void* FileIo::map(int fd, std::size_t count, std::uint64_t offset) {
  return ::mmap(nullptr, count, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(offset));
}
bool FileIo::is_in_memory(const void* mapped, std::size_t count) {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::array<unsigned char, 256> found;  // a byte a page
  auto* at = static_cast<char*>(const_cast<void*>(mapped));
  while (count > 0) {
    const std::size_t step = std::min(count, found.size() * page);
    if (::mincore(at, step, found.data()) != 0) return false;
    const auto pages = static_cast<std::ptrdiff_t>((step + page - 1) / page);
    if (!std::all_of(found.begin(), found.begin() + pages, [](auto p) { return (p & 1) != 0; }))
      return false;
    at += step;
    count -= step;
  }
  return true;
}
ssize_t FileIo::copy_file_range(int from, std::uint64_t offset, int to, std::size_t count) {
  auto at = static_cast<off64_t>(offset);
  return ::copy_file_range(from, &at, to, nullptr, count, 0);
}
void FileIo::start_writeback(int fd, std::uint64_t offset, std::uint64_t count) {
  (void)::sync_file_range(fd, static_cast<off64_t>(offset), static_cast<off64_t>(count),
                          SYNC_FILE_RANGE_WRITE);
}
int FileIo::fdatasync(int fd) {
  return ::fdatasync(fd);
}
int FileIo::fsync(int fd) {
  return ::fsync(fd);
}
int FileIo::rename(const char* from, const char* to) {
  return ::rename(from, to);
}
int FileIo::unlink(const char* path) {
  return ::unlink(path);
}
int FileIo::mkdir(const char* path, mode_t mode) {
  return ::mkdir(path, mode);
}
void FileIo::spread_directories(int fd) {
  int flags = 0;
  if (::ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0) return;
  flags |= FS_TOPDIR_FL;
  (void)::ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

Fd open_file(FileIo& io, const std::string& path, int flags, mode_t mode) {
  for (;;) {
    int fd = io.open(path.c_str(), flags | O_CLOEXEC, mode);
    if (fd >= 0) return Fd(fd);
    if (errno != EINTR) throw IoError(errno, "opening " + path);
  }
}

Fd open_to_read(FileIo& io, const std::string& path, Wait wait) {
  if (wait == Wait::allowed) return open_file(io, path, O_RDONLY);
  for (;;) {
    int fd = io.open_cached(path.c_str());
    if (fd >= 0) return Fd(fd);
    if (errno == EAGAIN) throw WouldWait(errno, "opening " + path);
    if (errno != EINTR) throw IoError(errno, "opening " + path);
  }
}

void write_all(FileIo& io, int fd, std::string_view bytes, const std::string& path, Keep keep) {
  const auto write = keep == Keep::in_memory ? &FileIo::write : &FileIo::write_uncached;
  while (!bytes.empty()) {
    ssize_t n = (io.*write)(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw IoError(errno, "writing " + path);
    if (n == 0) throw IoError(EIO, "writing " + path + " made no headway");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void copy_all(FileIo& io, int from, int to, std::uint64_t count, const std::string& path) {
  constexpr std::uint64_t step_bytes = 64 * 1024 * 1024;
  std::string buffer;  // not empty once the kernel has declined
  for (std::uint64_t done = 0; done < count;) {
    auto step = static_cast<std::size_t>(std::min(step_bytes, count - done));
    if (buffer.empty()) {
      ssize_t n = io.copy_file_range(from, done, to, step);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && !is_unsupported(errno)) throw IoError(errno, "copying to " + path);
      if (n > 0) {
        done += static_cast<std::uint64_t>(n);
        continue;
      }
      // Declined, or 0, which some file systems say instead: the buffer finds out.
      buffer.resize(limits::transfer_buffer_bytes);
    }
    std::size_t got = read_at(io, from, buffer.data(), std::min(step, buffer.size()), done, path);
    if (got == 0) throw IoError(EIO, "the source of " + path + " is shorter than its object");
    write_all(io, to, std::string_view(buffer).substr(0, got), path);
    done += got;
  }
}

std::size_t read_at(FileIo& io, int fd, char* into, std::size_t count, std::uint64_t offset,
                    const std::string& path, Wait wait) {
  const auto read = wait == Wait::allowed ? &FileIo::pread : &FileIo::pread_cached;
  std::size_t done = 0;
  while (done < count) {
    ssize_t n = (io.*read)(fd, into + done, count - done, offset + done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN && wait == Wait::never) throw WouldWait(errno, "reading " + path);
    if (n < 0) throw IoError(errno, "reading " + path);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

void sync_file(FileIo& io, int fd, const std::string& path) {
  if (io.fdatasync(fd) != 0) throw IoError(errno, "syncing " + path);
}

void sync_directory(FileIo& io, const std::string& path) {
  Fd directory = open_file(io, path, O_RDONLY | O_DIRECTORY);
  if (io.fsync(directory.get()) != 0) throw IoError(errno, "syncing " + path);
}

}  // namespace signpost::storage
