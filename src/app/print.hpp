#pragma once

#include <string_view>

#include "cli/outcome.hpp"

namespace signpost::app {

using cli::UsageError;

// A whole line on standard output, out at once: programs wait for it. Throws std::system_error
// where nobody can read it.
void print_line(std::string_view line);

}  // namespace signpost::app
