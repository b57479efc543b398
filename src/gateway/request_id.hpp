#pragma once

#include <boost/static_string/static_string.hpp>
#include <span>

#include "net/address_range.hpp"
#include "net/exchange.hpp"

namespace signpost::gateway {

using RequestId = boost::static_strings::static_string<64>;

// One that no other has: 32 hexadecimal digits.
RequestId new_request_id();

// What an answer's X-Request-Id says: the request's own, where a trusted proxy sends one of at most
// 64 characters of [A-Za-z0-9._-]; else a new one. Anybody else's would
// let a stranger give two requests one name.
RequestId request_id(const net::Exchange& exchange,
                     std::span<const net::AddressRange> trusted_proxies);

}  // namespace signpost::gateway
