#pragma once

#include <string>

#include "app/options.hpp"

namespace signpost::app {

struct CheckOptions {
  std::string config_file;  // empty: none
  std::string data = "signpost-data";
  bool repair = false;
  bool json = false;
};

// `signpost check`: the embedded store's objects against their checks, and the catalog's files
// against the store, each damaged or lost one named. Exit::failed where there is any. What is
// damaged nobody can repair from here; `repair` removes the data files that no object has. The
// store must not be running. Where the configuration names a catalog, that one is read, and there
// must be one; else the folder's, if it has one: a store alone has none. Throws DataInUse,
// UsageError where there is no store or not that catalog, storage::IoError, sqlite::Error.
Exit check_data(const CheckOptions& options);

}  // namespace signpost::app
