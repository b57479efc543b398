#include "gateway/request_id.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/hex.hpp"
#include "base/random.hpp"

namespace signpost::gateway {
namespace {

constexpr std::size_t id_bytes = 16;

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= RequestId::static_capacity &&
         std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  c == '.' || c == '_' || c == '-';
         });
}

}  // namespace

// Random, so that nobody counts by them how many others ask; read from the kernel many at a time.
RequestId new_request_id() {
  constexpr std::size_t at_a_time = 256;
  thread_local std::string bytes;
  if (bytes.empty()) bytes = random_bytes(id_bytes * at_a_time);
  std::array<std::uint8_t, id_bytes> id;
  std::memcpy(id.data(), bytes.data() + bytes.size() - id_bytes, id_bytes);
  bytes.resize(bytes.size() - id_bytes);
  const auto digits = hex_digits(id);
  return {digits.data(), digits.size()};
}

RequestId request_id(const net::Exchange& exchange,
                     std::span<const net::AddressRange> trusted_proxies) {
  const net::RequestHead& head = exchange.head();
  if (!trusted_proxies.empty() && head.count("X-Request-Id") == 1) {
    std::string_view given = *head.field("X-Request-Id");
    net::asio::ip::address peer = exchange.peer();
    auto has_peer = [&](const net::AddressRange& range) { return range.contains(peer); };
    if (is_id(given) && std::ranges::any_of(trusted_proxies, has_peer)) return RequestId(given);
  }
  return new_request_id();
}

}  // namespace signpost::gateway
