#include "net/address_range.hpp"

#include <string>

#include "base/ascii.hpp"

namespace signpost::net {
namespace {

constexpr unsigned mapped_bits = 96;  // of ::ffff:0:0/96

}  // namespace

asio::ip::address_v6 as_v6(const asio::ip::address& address) {
  if (address.is_v6()) return asio::ip::address_v6(address.to_v6().to_bytes());
  return asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4());
}

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
  auto slash = text.find('/');
  boost::system::error_code error;
  auto address = asio::ip::make_address(std::string(text.substr(0, slash)), error);
  if (error || (address.is_v6() && address.to_v6().scope_id() != 0)) return std::nullopt;
  unsigned offset = address.is_v4() ? mapped_bits : 0;
  unsigned bits = 128;
  if (slash != std::string_view::npos) {
    auto number = parse_u64(text.substr(slash + 1));
    if (!number || *number > 128 - offset) return std::nullopt;
    bits = offset + static_cast<unsigned>(*number);
  }
  return AddressRange(as_v6(address), bits);
}

bool AddressRange::contains(const asio::ip::address& address) const {
  auto mine = base_.to_bytes();
  auto other = as_v6(address).to_bytes();
  for (unsigned bit = 0; bit < bits_; ++bit) {
    unsigned mask = 0x80u >> (bit % 8);
    if ((mine[bit / 8] & mask) != (other[bit / 8] & mask)) return false;
  }
  return true;
}

}  // namespace signpost::net
