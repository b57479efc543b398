#pragma once

#include <boost/json/object.hpp>

#include "domain/file.hpp"

namespace signpost::gateway {

// The API's `file`.
boost::json::object to_json(const domain::File& file);

}  // namespace signpost::gateway
