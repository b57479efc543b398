#pragma once

#include <functional>
#include <optional>
#include <string>

namespace signpost::credentials {

// The value of an environment variable; nothing where it is not set or empty.
using Environment = std::function<std::optional<std::string>(const char* name)>;
Environment process_environment();

// The bytes of a regular file, a pipe or the like; nothing where it cannot be read or has more than
// a mebibyte.
std::optional<std::string> read_small_file(const std::string& path);

}  // namespace signpost::credentials
