#pragma once

#include "cli/outcome.hpp"

namespace CLI {
class App;
}

namespace signpost::cli {

// `signpost presign post`. Sets `run` where it is the command given.
void add_presign_post(CLI::App& presign, Run& run);

}  // namespace signpost::cli
