#pragma once

#include <stdexcept>
#include <string_view>

namespace signpost::app {

// What the user gave cannot be done as it stands: exit status 2. what() may have several lines.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A whole line on standard output, out at once: programs wait for it. Throws std::system_error
// where nobody can read it.
void print_line(std::string_view line);

}  // namespace signpost::app
