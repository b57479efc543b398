#pragma once

#include "cli/outcome.hpp"

namespace CLI {
class App;
}

// The commands that speak to a gateway's HTTP API (gateway_client.hpp): one file a subcommand.
namespace signpost::cli {

// All of them.
void add_client_commands(CLI::App& program, Run& run);

void add_put(CLI::App& program, Run& run);
void add_get(CLI::App& program, Run& run);
void add_ls(CLI::App& program, Run& run);
void add_rm(CLI::App& program, Run& run);
void add_url(CLI::App& program, Run& run);
// login and logout
void add_login(CLI::App& program, Run& run);
void add_user(CLI::App& program, Run& run);
void add_session(CLI::App& program, Run& run);
void add_token(CLI::App& program, Run& run);

}  // namespace signpost::cli
