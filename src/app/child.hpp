#pragma once

#include "app/options.hpp"

namespace signpost::app {

// The two processes of `signpost serve`, as they begin after exec.
Exit run_gateway_process(const ChildOptions& options);
Exit run_store_process(const ChildOptions& options);

// The configuration that the supervisor passed on. Throws std::runtime_error with all of its errors
// in the text.
Config load_child_config(const ChildOptions& options);
// Says on the pipe that requests are served.
void report_ready(int ready_fd);

}  // namespace signpost::app
