#pragma once

#include <string>

#include "app/options.hpp"

namespace signpost::app {

struct CheckOptions {
  std::string data = "signpost-data";
  bool repair = false;
  bool json = false;
};

// `signpost check`: the embedded store's objects against their checks, and the catalog's files
// against the store, each damaged or lost one named. Exit::failed where there is any. What is
// damaged nobody can repair from here; `repair` removes the data files that no object has. The
// store must not be running. Throws DataInUse, UsageError where there is no store,
// storage::IoError, sqlite::Error.
Exit check_data(const CheckOptions& options);

}  // namespace signpost::app
