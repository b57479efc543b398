#include "storage/mapped_file.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <system_error>

namespace signpost::storage {
namespace {

// What the thread looks at now, as the signal's handler sees it.
struct Watched {
  std::uintptr_t begin = 0, end = 0;
  volatile std::sig_atomic_t failed = 0;
};
constinit thread_local Watched watched;

std::uintptr_t page_bytes() {
  static const auto bytes = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}
std::uintptr_t page_mask;  // page_bytes() - 1, for the handler
struct sigaction before_us;

// Puts a page of zeros where one could not be read, so that the access goes on. Any other SIGBUS is
// left to whoever had it before: the access fails again.
void on_bus_error(int signal, siginfo_t* info, void*) {
  const int number = errno;
  const auto at = reinterpret_cast<std::uintptr_t>(info->si_addr);
  const bool is_ours = at >= watched.begin && at < watched.end;
  void* const page = reinterpret_cast<void*>(at & ~page_mask);
  if (!is_ours || ::mmap(page, page_mask + 1, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS,
                         -1, 0) == MAP_FAILED) {
    ::sigaction(signal, &before_us, nullptr);
  } else {
    watched.failed = 1;
  }
  errno = number;
}

void install_handler() {
  page_mask = page_bytes() - 1;
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
  watched.failed = 0;
  watched.begin = reinterpret_cast<std::uintptr_t>(bytes.data());
  watched.end = watched.begin + bytes.size();
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

MappedFile::Guard::~Guard() {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  watched.begin = watched.end = 0;
}

bool MappedFile::Guard::has_failed() const {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  return watched.failed != 0;
}

}  // namespace signpost::storage
