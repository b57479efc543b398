#include "storage/file_io.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace signpost::storage {

IoError::IoError(int number, const std::string& doing)
    : std::runtime_error(doing + ": " + std::generic_category().message(number)), number_(number) {}

bool IoError::is_disk_full() const {
  return number_ == ENOSPC || number_ == EDQUOT;
}

int FileIo::open(const char* path, int flags, mode_t mode) {
  return ::open(path, flags, mode);
}
ssize_t FileIo::write(int fd, const char* bytes, std::size_t count) {
  return ::write(fd, bytes, count);
}
ssize_t FileIo::pread(int fd, char* into, std::size_t count, std::uint64_t offset) {
  return ::pread(fd, into, count, static_cast<off_t>(offset));
}
ssize_t FileIo::copy_file_range(int from, std::uint64_t offset, int to, std::size_t count) {
  auto at = static_cast<off64_t>(offset);
  return ::copy_file_range(from, &at, to, nullptr, count, 0);
}
int FileIo::fdatasync(int fd) {
  return ::fdatasync(fd);
}
int FileIo::fsync(int fd) {
  return ::fsync(fd);
}
int FileIo::unlink(const char* path) {
  return ::unlink(path);
}
int FileIo::mkdir(const char* path, mode_t mode) {
  return ::mkdir(path, mode);
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

void write_all(FileIo& io, int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    ssize_t n = io.write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw IoError(errno, "writing " + path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::size_t read_at(FileIo& io, int fd, char* into, std::size_t count, std::uint64_t offset,
                    const std::string& path) {
  std::size_t done = 0;
  while (done < count) {
    ssize_t n = io.pread(fd, into + done, count - done, offset + done);
    if (n < 0 && errno == EINTR) continue;
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
