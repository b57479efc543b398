#pragma once

#include <string_view>

namespace signpost::gateway {

// openapi.json (OpenAPI 3.1), as it lies beside this file.
std::string_view openapi_document();

}  // namespace signpost::gateway
