#pragma once

#include <string_view>

#include "gateway/origins.hpp"
#include "net/message.hpp"

namespace signpost::gateway {

// The CORS protocol (Fetch standard, section 3.2) for the API: credentials for trusted origins,
// nothing for others, and Vary: Origin always, so that no cache mixes them up.
void add_cors(const Origins& origins, const net::RequestHead& request, net::Headers& headers);

// The answer to OPTIONS: 204 with Allow and, to a preflight of a trusted origin, what it may send.
// `methods` is the path's list: "GET, HEAD, PATCH".
net::Response answer_options(const Origins& origins, const net::RequestHead& request,
                             std::string_view methods);

}  // namespace signpost::gateway
