#pragma once

#include "cli/outcome.hpp"

namespace CLI {
class App;
}

namespace signpost::cli {

// `signpost explain`. Sets `run` where it is the command given.
void add_explain(CLI::App& program, Run& run);

}  // namespace signpost::cli
