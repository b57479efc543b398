#pragma once

#include "cli/outcome.hpp"

namespace CLI {
class App;
}

namespace signpost::cli {

// `signpost presign get|put|head|delete|post`. Sets `run` where it is the command given.
void add_presign(CLI::App& program, Run& run);

}  // namespace signpost::cli
