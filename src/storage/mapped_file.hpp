#pragma once

#include <csetjmp>
#include <string_view>

#include "storage/file_io.hpp"

namespace signpost::storage {

// A file's bytes where the system has them in memory, so that to look at them takes no copy. An
// access that the disk cannot serve (it fails, or the file was cut off) is no error of a call then
// but a signal, SIGBUS: it is caught for as long as look() runs, and nowhere else. For any thread.
class MappedFile {
 public:
  // Maps `size` bytes, at least one, from `offset` on, where a page begins. Where the system has no
  // more room for that it has no bytes.
  MappedFile(FileIo& io, int fd, std::uint64_t offset, std::size_t size);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::string_view bytes() const { return {begin_, size_}; }
  // Whether these of its bytes can be looked at without waiting for the disk.
  bool is_in_memory(std::string_view some) const;

  // f()'s answer; false where an access failed, at which f() ends there and then: it must leave
  // nothing behind that wants to be undone.
  template <class F>
  bool look(F f) const {
    const Guard guard(bytes());
    return sigsetjmp(guard.failure(), 0) == 0 && f();
  }

 private:
  // Catches the calling thread's accesses that fail within these bytes. One at a time for a thread.
  class Guard {
   public:
    explicit Guard(std::string_view bytes);
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard();
    // Where a failed access goes on.
    sigjmp_buf& failure() const;
  };

  FileIo& io_;
  char* begin_ = nullptr;
  std::size_t size_ = 0;  // bytes
};

}  // namespace signpost::storage
