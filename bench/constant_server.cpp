// The cheapest answer that our own server can give: one 302 with a Location as long as a signed
// URL. What a request of the gateway costs above this is the gateway's own. Prints its address.
#include <csignal>
#include <cstdio>
#include <string>

#include "net/server.hpp"

namespace {

using namespace signpost;

net::Response answer(unsigned status) {
  net::Response response{.status = status, .headers = {}, .body = {}};
  response.headers.add("Location", "http://127.0.0.1:9000/bench/" + std::string(470, 'x'));
  response.headers.add("Cache-Control", "private, max-age=150");
  return response;
}

net::Task<void> redirect(net::Exchange& exchange) {
  net::Response response = answer(302);
  co_await exchange.respond(std::move(response));
}

}  // namespace

int main() {
  net::ServerOptions options{
      .listeners = net::bind_listeners("127.0.0.1:0", 1),
      .fallback = {.refuse = [](unsigned status, std::string_view) { return answer(status); },
                   .failed = [](const std::exception&) { return answer(500); }},
      .tls = nullptr};
  std::puts(net::local_address(options.listeners.front()).c_str());
  std::fflush(stdout);
  net::Server server(std::move(options), [](net::Worker) { return net::Handler(redirect); });
  std::signal(SIGTERM, [](int) { std::_Exit(0); });
  server.run();
}
