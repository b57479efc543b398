#include "credentials/environment.hpp"

#include <cstdlib>
#include <fstream>

namespace signpost::credentials {
namespace {

constexpr std::size_t most_bytes = 1024 * 1024;

}  // namespace

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  };
}

std::optional<std::string> read_small_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (path.empty() || !stream.is_open()) return std::nullopt;
  std::string text(most_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || stream.gcount() > static_cast<std::streamsize>(most_bytes)) {
    return std::nullopt;
  }
  // A folder opens, and reads as nothing.
  if (stream.gcount() == 0 && !stream.eof()) return std::nullopt;
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

}  // namespace signpost::credentials
