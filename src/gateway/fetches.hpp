#pragma once

#include "gateway/request.hpp"

namespace signpost::gateway {

// Remembers whom a URL with that ticket is for, so that what is fetched with it has a name. Cheap
// for who has had a URL before.
void note_holder(Services& services, const domain::Principal* holder, std::string_view ticket);

// Asks the embedded store, for as long as the worker runs, what was fetched with tickets, and puts
// it into the catalog; with another store it ends at once.
net::Task<void> collect_fetches(Services& services);

}  // namespace signpost::gateway
