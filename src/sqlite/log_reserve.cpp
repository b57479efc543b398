#include "sqlite/log_reserve.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace signpost::sqlite {
namespace {

// SQLite copies back at 1000 pages of 4,120 bytes (PRAGMA wal_autocheckpoint).
constexpr off_t wanted_bytes = 6 << 20;
constexpr off_t least_bytes = 256 << 10;

}  // namespace

// No lock of SQLite's is on the log itself, so that closing this descriptor ends none (fcntl(2)).
bool reserve_log(const std::string& database_file) {
  const int fd = ::open((database_file + "-wal").c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  off_t bytes = wanted_bytes;
  while (bytes >= least_bytes && ::fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, bytes) != 0) bytes /= 2;
  ::close(fd);
  return bytes == wanted_bytes;
}

}  // namespace signpost::sqlite
