#pragma once

#include <string>
#include <vector>

#include "app/config.hpp"

namespace signpost::app {

// Where a command finds its configuration: the file, empty where there is none, this process's
// environment and the options. UsageError where the file cannot be read.
ConfigSources read_config_sources(const std::string& file, std::vector<ConfigOption> options);

// load_config() for a command: its warnings go to the log. UsageError with every error.
Config load_checked_config(const ConfigSources& sources);

}  // namespace signpost::app
