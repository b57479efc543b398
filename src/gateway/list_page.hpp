#pragma once

#include <boost/json/array.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/request.hpp"

// What every list answers: `items` and `next_cursor`.
namespace signpost::gateway {

// 400 invalid_request: the cursor is none of this list.
http::Problem wrong_cursor();

// 200; `next` is sealed for that binding (parameters.hpp opens it).
net::Response list_response(Request& request, std::string_view binding, boost::json::array items,
                            const std::optional<std::string>& next);

}  // namespace signpost::gateway
