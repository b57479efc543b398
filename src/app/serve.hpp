#pragma once

#include "app/options.hpp"

namespace signpost::app {

// `signpost serve`. Throws UsageError (status 2) where the configuration is wrong, the data folder
// is in use or an address is, and whatever the environment does otherwise (status 1).
Exit serve(const ServeOptions& options);

}  // namespace signpost::app
