// GET /metrics: for Prometheus, and for nobody else.
#include <algorithm>
#include <array>

#include "gateway/client_address.hpp"
#include "gateway/handlers.hpp"
#include "gateway/problem_response.hpp"

namespace signpost::gateway {
namespace {

// Fields by which a proxy says that it is one. One that is not trusted may stand on this machine
// and pass on what strangers ask.
constexpr std::array<std::string_view, 4> of_proxies{"Forwarded", "Via", "X-Forwarded-For",
                                                     "X-Real-IP"};

// A page of another site can have a browser on this machine ask by a name that leads here, and read
// the answer; it cannot do so by an address.
bool is_asked_by_address(const net::RequestHead& head) {
  std::string_view host = head.host;
  if (host.starts_with('[')) return true;
  host = host.substr(0, host.find(':'));
  boost::system::error_code error;
  net::asio::ip::make_address_v4(host, error);
  return !error || host == "localhost";
}

bool may_read(Request& request) {
  const Shared& shared = request.shared();
  const net::RequestHead& head = request.head();
  if (!is_asked_by_address(head) && !shared.origins.is_own_host(head.host)) return false;
  auto has = [&](const net::AddressRange& range, const auto& address) {
    return range.contains(address);
  };
  auto peer = request.exchange.peer();
  bool trusted = std::ranges::any_of(shared.options.trusted_proxies,
                                     [&](const auto& range) { return has(range, peer); });
  bool forwarded = std::ranges::any_of(of_proxies, [&](auto name) { return head.count(name) > 0; });
  if (forwarded && !trusted) return false;
  auto client = client_address(request.exchange, shared.options.trusted_proxies);
  return std::ranges::any_of(shared.options.metrics_readers,
                             [&](const auto& range) { return has(range, client); });
}

}  // namespace

net::Task<Outcome> get_metrics(Request& request) {
  if (!may_read(request)) co_return std::unexpected(not_found());
  Shared& shared = request.shared();
  net::Response response;
  response.headers.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  response.body =
      shared.metrics.to_prometheus(shared.access_log ? shared.access_log->dropped() : 0);
  co_return response;
}

}  // namespace signpost::gateway
