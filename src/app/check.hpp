#pragma once

#include <string>

#include "app/options.hpp"

namespace signpost::app {

struct CheckOptions {
  std::string data = "signpost-data";
  bool json = false;
};

// `signpost check`: the embedded store's objects against their checks, each damaged one named.
// Exit::failed where there is any. The store must not be running. Throws DataInUse, UsageError
// where there is no store, storage::IoError, sqlite::Error.
Exit check_data(const CheckOptions& options);

}  // namespace signpost::app
