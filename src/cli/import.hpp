#pragma once

#include "cli/outcome.hpp"

namespace CLI {
class App;
}

namespace signpost::cli {

// `signpost import`. Sets `run` where it is the command given.
void add_import(CLI::App& program, Run& run);

}  // namespace signpost::cli
