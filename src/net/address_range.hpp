#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string_view>

namespace signpost::net {

namespace asio = boost::asio;

// The addresses that share a prefix: "10.0.0.0/8", "::1/128", or one address without "/".
class AddressRange {
 public:
  static std::optional<AddressRange> parse(std::string_view text);
  // An IPv4 address that comes as IPv6 (::ffff:a.b.c.d) counts as the IPv4 address.
  bool contains(const asio::ip::address& address) const;

 private:
  AddressRange(asio::ip::address_v6 base, unsigned bits) : base_(base), bits_(bits) {}
  asio::ip::address_v6 base_;  // IPv4 as ::ffff:a.b.c.d
  unsigned bits_;              // of the 128
};

// Every address as an IPv6 one, IPv4 mapped: what is compared and counted by.
asio::ip::address_v6 as_v6(const asio::ip::address& address);

}  // namespace signpost::net
