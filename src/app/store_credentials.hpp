#pragma once

#include <expected>
#include <string>

#include "credentials/timed.hpp"

namespace signpost::app {

// The credentials of an external store, as AWS tools find them. Blocks.
std::expected<credentials::Timed, std::string> try_store_credentials();
// The same; throws std::runtime_error, saying what to do, where there are none.
credentials::Timed load_store_credentials();

}  // namespace signpost::app
