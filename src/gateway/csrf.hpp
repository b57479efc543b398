#pragma once

#include <expected>
#include <string_view>

#include "gateway/origins.hpp"
#include "http/problem.hpp"
#include "net/message.hpp"

namespace signpost::gateway {

// GET, HEAD and OPTIONS (RFC 9110 section 9.2.1). What is safe changes nothing here.
bool is_safe_method(std::string_view method);

// For an unsafe request that a cookie authenticates: its Origin must be trusted, or, where there is
// none, Sec-Fetch-Site must be same-origin. 403 otherwise. Browsers send one of the two with every
// such request, and no page can forge them.
std::expected<void, http::Problem> check_same_site(const Origins& origins,
                                                   const net::RequestHead& head);

// For a request that gets a cookie (sign-in): what a browser says of its origin must be right, but
// other clients, which say nothing, are let through: they hold no cookies of others.
std::expected<void, http::Problem> check_claimed_origin(const Origins& origins,
                                                        const net::RequestHead& head);

}  // namespace signpost::gateway
