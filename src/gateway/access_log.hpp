#pragma once

#include <chrono>
#include <string>

#include "gateway/observed_exchange.hpp"
#include "gateway/request.hpp"

namespace signpost::gateway {

// One request, as a line of the access log: a JSON object without line feeds. It has the path but
// never the query, where signatures and tickets stand, and no credential.
std::string access_log_line(const ObservedExchange& exchange, const Shared& shared,
                            const Route* route, std::string_view principal,
                            std::chrono::microseconds duration);

}  // namespace signpost::gateway
