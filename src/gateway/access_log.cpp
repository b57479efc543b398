#include "gateway/access_log.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "gateway/client_address.hpp"
#include "gateway/routes.hpp"
#include "log/redact.hpp"

namespace signpost::gateway {
namespace {

constexpr std::size_t text_bytes = 512;

// What a client wrote, as ASCII that is safe to show, shortened, and without what opens anything.
std::string shown(std::string_view text) {
  std::string out = log::redact(text.substr(0, text_bytes));
  std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

}  // namespace

std::string access_log_line(const ObservedExchange& exchange, const Shared& shared,
                            const Route* route, std::string_view principal,
                            std::chrono::microseconds duration) {
  const net::RequestHead& head = exchange.head();
  using std::chrono::milliseconds;
  auto now = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  boost::json::object line;
  line["time"] = to_rfc3339_milliseconds(now);
  line["request_id"] = exchange.request_id();
  line["client"] = client_address(exchange, shared.options.trusted_proxies).to_string();
  line["method"] = shown(head.method);
  line["route"] = nullptr;
  if (route) line["route"] = route->pattern;
  line["path"] = shown(head.path);
  line["status"] = exchange.status();
  line["bytes"] = exchange.body_bytes();
  line["duration_us"] = duration.count();
  line["principal"] = nullptr;
  if (!principal.empty()) line["principal"] = shown(principal);
  line["user_agent"] = shown(head.field("User-Agent").value_or(""));
  return boost::json::serialize(line);
}

}  // namespace signpost::gateway
