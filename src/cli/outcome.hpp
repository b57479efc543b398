#pragma once

#include <functional>
#include <stdexcept>
#include <string_view>

namespace signpost::cli {

// How every subcommand ends, as an exit status.
enum class Exit { done = 0, failed = 1, wrong_usage = 2 };
using Run = std::function<Exit()>;

// What the user gave cannot be done as it stands: exit status 2. what() may have several lines.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// All of it on standard output, out at once: programs wait for it. Throws std::system_error where
// nobody can read it.
void write_out(std::string_view text);

}  // namespace signpost::cli
