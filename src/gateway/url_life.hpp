#pragma once

#include <expected>

#include "domain/delivery.hpp"
#include "gateway/request.hpp"

namespace signpost::gateway {

// domain::url_life() for a URL of the store, which ends with the store's credentials at the latest.
// 400 or 401 for what the caller asked for; 503 where the gateway's own credentials are over.
std::expected<domain::UrlLife, http::Problem> url_life(Request& request,
                                                       domain::UrlLifeRequest wanted);

}  // namespace signpost::gateway
