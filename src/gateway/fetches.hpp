#pragma once

#include "gateway/request.hpp"

namespace signpost::gateway {

// What stands for that holder (null: anyone) in tickets; whom it stands for is noted, so that what
// is fetched with them has a name. Cheap for who has had a URL from this worker before.
std::string holder_tag(Services& services, const domain::Principal* holder, std::uint64_t epoch);

// Asks the embedded store, for as long as the worker runs, what was fetched with tickets, and puts
// it into the catalog; with another store it ends at once.
net::Task<void> collect_fetches(Services& services);

}  // namespace signpost::gateway
