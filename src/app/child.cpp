#include "app/child.hpp"

#include <unistd.h>

#include <stdexcept>

#include "app/process.hpp"

namespace signpost::app {

Config load_child_config(const ChildOptions& options) {
  ConfigSources sources;
  sources.file_name = options.config_name;
  sources.directory = options.config_directory;
  if (options.config_fd >= 0) sources.text = read_whole(options.config_fd);
  sources.environment = configuration_environment();
  for (const std::string& setting : options.settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos) throw std::runtime_error("--set wants SETTING=VALUE");
    sources.options.push_back({setting.substr(0, equals), "--set", setting.substr(equals + 1)});
  }
  auto config = load_config(sources);
  if (config) return *std::move(config);
  std::string text = "the configuration has become wrong";
  for (const ConfigError& error : config.error()) text += "; " + error.text();
  throw std::runtime_error(text);
}

void report_ready(int ready_fd) {
  if (ready_fd < 0) return;
  // A supervisor that does not read any more is gone, and this process goes with it.
  static_cast<void>(::write(ready_fd, "\n", 1) == 1);
  ::close(ready_fd);
}

}  // namespace signpost::app
