#include "app/addresses.hpp"

#include <fmt/format.h>

namespace signpost::app {
namespace {

// Where a program of this machine reaches what listens at `listen`: an address that stands for all
// is no destination.
std::string local_destination(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  const std::string host = listen.substr(0, colon);
  const std::string port = listen.substr(colon);
  if (host == "0.0.0.0" || host == "localhost") return "127.0.0.1" + port;
  if (host == "[::]") return "[::1]" + port;
  return listen;
}

}  // namespace

std::string page_url(const Config& config) {
  const ServerConfig& server = config.server;
  if (!server.public_url.empty()) return server.public_url;
  const std::string_view scheme = server.tls_certificate.empty() ? "http" : "https";
  const std::string address = local_destination(server.listen);
  // localhost resolves to these two alone.
  if (address.starts_with("127.0.0.1:") || address.starts_with("[::1]:")) {
    return fmt::format("{}://localhost{}", scheme, address.substr(address.rfind(':')));
  }
  return fmt::format("{}://{}", scheme, address);
}

std::string store_public_url(const Config& config) {
  const StoreConfig& store = config.store;
  if (!store.public_endpoint.empty()) return store.public_endpoint;
  return store_endpoint(config);
}

std::string store_endpoint(const Config& config) {
  const StoreConfig& store = config.store;
  if (store.kind == StoreKind::embedded) return "http://" + local_destination(store.listen);
  if (!store.endpoint.empty()) return store.endpoint;
  return fmt::format("https://s3.{}.amazonaws.com", store.region);
}

}  // namespace signpost::app
