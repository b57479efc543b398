#include "app/print.hpp"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace signpost::app {

void print_line(std::string_view line) {
  const std::string whole = std::string(line) + "\n";
  std::string_view rest = whole;
  while (!rest.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw std::system_error(errno, std::generic_category(), "standard output");
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace signpost::app
