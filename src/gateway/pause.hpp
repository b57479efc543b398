#pragma once

#include <chrono>

#include "net/task.hpp"

namespace signpost::gateway {

// For what goes on beside the requests.
net::Task<void> pause(std::chrono::milliseconds length);

}  // namespace signpost::gateway
