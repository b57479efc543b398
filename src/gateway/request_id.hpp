#pragma once

#include <span>
#include <string>

#include "net/address_range.hpp"
#include "net/exchange.hpp"

namespace signpost::gateway {

// One that no other has: 32 hexadecimal digits.
std::string new_request_id();

// What an answer's X-Request-Id says: the request's own, where a trusted proxy sends one of at most
// 64 characters of [A-Za-z0-9._-]; else a new one. Anybody else's would
// let a stranger give two requests one name.
std::string request_id(const net::Exchange& exchange,
                       std::span<const net::AddressRange> trusted_proxies);

}  // namespace signpost::gateway
