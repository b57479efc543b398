#include "storage/mapped_file.hpp"

#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <system_error>

namespace signpost::storage {
namespace {

// What the thread looks at now, as the signal's handler sees it.
struct Watched {
  std::uintptr_t begin = 0, end = 0;
  sigjmp_buf failure{};
};
constinit thread_local Watched watched;

std::uintptr_t page_bytes() {
  static const auto bytes = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}
struct sigaction before_us;

// The mapping stays what it is: who sends from it meanwhile must not find zeros there. Any other
// SIGBUS is left to whoever had it before: the access fails again.
void on_bus_error(int signal, siginfo_t* info, void* interrupted) {
  const auto at = reinterpret_cast<std::uintptr_t>(info->si_addr);
  if (at >= watched.begin && at < watched.end) {
    // As a return would: whoever stands between (a sanitizer) may have blocked more than we asked.
    ::pthread_sigmask(SIG_SETMASK, &static_cast<const ucontext_t*>(interrupted)->uc_sigmask,
                      nullptr);
    siglongjmp(watched.failure, 1);
  }
  const int number = errno;
  ::sigaction(signal, &before_us, nullptr);
  errno = number;
}

void install_handler() {
  struct sigaction action{};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigemptyset(&action.sa_mask);
  if (::sigaction(SIGBUS, &action, &before_us) != 0)
    throw std::system_error(errno, std::generic_category(), "sigaction");
}

}  // namespace

MappedFile::MappedFile(FileIo& io, int fd, std::uint64_t offset, std::size_t size) : io_(io) {
  static std::once_flag installed;
  std::call_once(installed, install_handler);
  void* const begin = io.map(fd, size, offset);
  if (begin == MAP_FAILED) return;
  begin_ = static_cast<char*>(begin);
  size_ = size;
}

MappedFile::~MappedFile() {
  if (begin_) ::munmap(begin_, size_);
}

bool MappedFile::is_in_memory(std::string_view some) const {
  if (some.empty()) return false;
  const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(some.data()) & ~(page_bytes() - 1);
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(some.data()) + some.size();
  return io_.is_in_memory(reinterpret_cast<const void*>(begin), end - begin);
}

MappedFile::Guard::Guard(std::string_view bytes) {
  watched.begin = reinterpret_cast<std::uintptr_t>(bytes.data());
  watched.end = watched.begin + bytes.size();
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

MappedFile::Guard::~Guard() {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  watched.begin = watched.end = 0;
}

sigjmp_buf& MappedFile::Guard::failure() const {
  return watched.failure;
}

}  // namespace signpost::storage
