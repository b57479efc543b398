#pragma once

#include <functional>
#include <vector>

#include "app/config.hpp"

namespace signpost::app {

// Where a setting was given, for a message.
using WhereOf = std::function<std::string(std::string_view setting)>;

// The rules between settings: what no single value shows. Also brings origins into the one form in
// which they are compared, and notes warnings.
std::vector<ConfigError> check_rules(Config& config, const WhereOf& where_of);

}  // namespace signpost::app
