#pragma once

namespace signpost::app {

// The program: parses the command line, runs the subcommand, and says on standard error what went
// wrong and what to do. Gives the exit status (cli::Exit).
int run_command_line(int argc, const char* const* argv);

}  // namespace signpost::app
