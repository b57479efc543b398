#include "gateway/client_address.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/ascii.hpp"

namespace signpost::gateway {
namespace {

using net::asio::ip::address;

// "1.2.3.4", "1.2.3.4:80", "2001:db8::1", "[2001:db8::1]:80".
std::optional<address> parse_entry(std::string_view text) {
  if (text.starts_with('[')) {
    text = text.substr(1, std::max<std::size_t>(text.find(']'), 1) - 1);
  } else if (std::ranges::count(text, ':') == 1) {
    text = text.substr(0, text.find(':'));
  }
  boost::system::error_code error;
  auto parsed = net::asio::ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return parsed;
}

bool is_trusted(const address& one, std::span<const net::AddressRange> proxies) {
  return std::ranges::any_of(proxies,
                             [&](const net::AddressRange& range) { return range.contains(one); });
}

}  // namespace

address client_address(const address& peer, const net::RequestHead& head,
                       std::span<const net::AddressRange> trusted_proxies) {
  address nearest = peer;
  if (!is_trusted(nearest, trusted_proxies)) return nearest;
  std::vector<std::string_view> entries;  // from left to right, over all such fields
  for (const FieldView& field : head.fields) {
    if (!equal_ignoring_case(field.name, "X-Forwarded-For")) continue;
    std::string_view rest = field.value;
    for (;;) {
      auto comma = rest.find(',');
      entries.push_back(trim(rest.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  while (!entries.empty() && is_trusted(nearest, trusted_proxies)) {
    auto entry = parse_entry(entries.back());
    if (!entry) break;
    nearest = *entry;
    entries.pop_back();
  }
  return nearest;
}

address client_address(const net::Exchange& exchange,
                       std::span<const net::AddressRange> trusted_proxies) {
  return client_address(exchange.peer(), exchange.head(), trusted_proxies);
}

std::string counted_as(const address& one) {
  constexpr std::size_t prefix_bytes = 8;
  auto bytes = net::as_v6(one).to_bytes();
  bool v4 = net::as_v6(one).is_v4_mapped();
  return {reinterpret_cast<const char*>(bytes.data()), v4 ? bytes.size() : prefix_bytes};
}

}  // namespace signpost::gateway
