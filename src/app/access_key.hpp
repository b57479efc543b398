#pragma once

#include "cli/outcome.hpp"

namespace CLI {
class App;
}

namespace signpost::app {

// `signpost access-key create|list|revoke`: the access keys of the embedded store, through
// DATA/admin.sock while it runs, in its files while it does not.
void add_access_key(CLI::App& program, cli::Run& run);

}  // namespace signpost::app
