#pragma once

#include <span>
#include <string>

#include "net/address_range.hpp"
#include "net/exchange.hpp"

namespace signpost::gateway {

// Who sent the request, as far as that can be known: the other end of the connection or, where that
// is a trusted proxy, the rightmost address of X-Forwarded-For that is none. What stands further
// left anybody may have written, and so does what follows a text that is no address.
net::asio::ip::address client_address(const net::Exchange& exchange,
                                      std::span<const net::AddressRange> trusted_proxies);
net::asio::ip::address client_address(const net::asio::ip::address& peer,
                                      const net::RequestHead& head,
                                      std::span<const net::AddressRange> trusted_proxies);

// What to count such a client by: the address, of IPv6 its /64, which is what one customer has.
std::string counted_as(const net::asio::ip::address& address);

}  // namespace signpost::gateway
