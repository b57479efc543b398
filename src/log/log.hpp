#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace signpost::log {

enum class Level { debug, info, warn, error };

// One line on standard error: "time level process: message". Control characters are escaped, and
// what looks like a signature, token, cookie or password is removed whatever its case or encoding
// (redact.hpp), so that no caller has to remember it.
void write(Level level, std::string_view message);
void set_level(Level level);
bool is_written(Level level);
// Named in every line: "gateway", "store", "serve".
void set_process(std::string name);

template <class... A>
void debug(fmt::format_string<A...> format, A&&... arguments) {
  if (is_written(Level::debug))
    write(Level::debug, fmt::format(format, std::forward<A>(arguments)...));
}
template <class... A>
void info(fmt::format_string<A...> format, A&&... arguments) {
  write(Level::info, fmt::format(format, std::forward<A>(arguments)...));
}
template <class... A>
void warn(fmt::format_string<A...> format, A&&... arguments) {
  write(Level::warn, fmt::format(format, std::forward<A>(arguments)...));
}
template <class... A>
void error(fmt::format_string<A...> format, A&&... arguments) {
  write(Level::error, fmt::format(format, std::forward<A>(arguments)...));
}

}  // namespace signpost::log
