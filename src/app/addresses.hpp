#pragma once

#include <string>

#include "app/config.hpp"

namespace signpost::app {

// The URLs that follow from a configuration whose listen addresses have their real ports.

// Where a browser finds the page: server.public_url, or http://localhost:PORT. The page and the
// store have two hosts by default, so that they share no cookie.
std::string page_url(const Config& config);
// What stands in pre-signed URLs: store.public_endpoint, or the embedded store's address.
std::string store_public_url(const Config& config);
// Where the gateway itself calls the store.
std::string store_endpoint(const Config& config);

}  // namespace signpost::app
