#include "app/config_sources.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "app/print.hpp"
#include "app/process.hpp"
#include "log/log.hpp"
#include "storage/file_io.hpp"

namespace signpost::app {
namespace {

constexpr std::size_t config_bytes = 1024 * 1024;

}  // namespace

ConfigSources read_config_sources(const std::string& file_name, std::vector<ConfigOption> options) {
  ConfigSources sources;
  sources.environment = configuration_environment();
  sources.options = std::move(options);
  sources.directory = std::filesystem::current_path();
  if (file_name.empty()) return sources;
  const storage::Fd file(::open(file_name.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat found{};
  if (!file.is_open() || ::fstat(file.get(), &found) != 0) {
    throw UsageError(
        fmt::format("--config {}: {}", file_name, std::generic_category().message(errno)));
  }
  if (!S_ISREG(found.st_mode) || found.st_size > static_cast<off_t>(config_bytes)) {
    throw UsageError(fmt::format("--config {}: is no configuration file", file_name));
  }
  sources.file_name = file_name;
  sources.text = read_whole(file.get());
  sources.directory = std::filesystem::absolute(file_name).parent_path();
  return sources;
}

Config load_checked_config(const ConfigSources& sources) {
  auto config = load_config(sources);
  if (config) {
    for (const std::string& warning : config->warnings) log::warn("{}", warning);
    return *std::move(config);
  }
  std::string text;
  for (const ConfigError& error : config.error()) {
    if (!text.empty()) text += '\n';
    text += error.text();
  }
  throw UsageError(text);
}

}  // namespace signpost::app
