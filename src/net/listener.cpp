#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <system_error>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "net/server.hpp"

namespace signpost::net {
namespace {

using Endpoint = asio::ip::tcp::endpoint;

Endpoint parse_endpoint(const std::string& text) {
  std::size_t colon = text.rfind(':');
  auto port = colon == std::string::npos ? std::nullopt : parse_u64(text.substr(colon + 1));
  std::string host = text.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  auto address = asio::ip::make_address(host, error);
  if (error || !port || *port > 65535)
    throw std::system_error(EINVAL, std::generic_category(),
                            "'" + text + "' is no listen address such as 127.0.0.1:8080");
  return {address, static_cast<std::uint16_t>(*port)};
}

[[noreturn]] void fail(const std::string& address) {
  throw std::system_error(errno, std::generic_category(), "cannot listen on " + address);
}

int bind_one(const Endpoint& endpoint, const std::string& address) {
  int fd = ::socket(endpoint.data()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail(address);
  int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  // What is accepted here inherits it. Without it the kernel keeps up to 4 MiB for each slow
  // reader, and says that there is room again only when a third of that has gone.
  ::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &limits::unsent_bytes,
               sizeof limits::unsent_bytes);
  if (::bind(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 ||
      ::listen(fd, SOMAXCONN) != 0) {
    int reason = errno;
    ::close(fd);
    errno = reason;
    fail(address);
  }
  return fd;
}

// SO_REUSEPORT would let a second program of the same user share a port silently: a bind without it
// finds out whether somebody else is there.
void require_free(const Endpoint& endpoint, const std::string& address) {
  if (endpoint.port() == 0) return;
  int fd = ::socket(endpoint.data()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail(address);
  int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  int result = ::bind(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size()));
  int reason = errno;
  ::close(fd);
  errno = reason;
  if (result != 0) fail(address);
}

Endpoint local_endpoint(int listener) {
  Endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  if (::getsockname(listener, endpoint.data(), &size) != 0)
    throw std::system_error(errno, std::generic_category(), "getsockname");
  endpoint.resize(size);
  return endpoint;
}

}  // namespace

std::vector<int> bind_listeners(const std::string& address, unsigned count) {
  Endpoint endpoint = parse_endpoint(address);
  require_free(endpoint, address);
  std::vector<int> listeners;
  for (unsigned i = 0; i < count; ++i) {
    listeners.push_back(bind_one(endpoint, address));
    endpoint = local_endpoint(listeners.front());
  }
  return listeners;
}

std::string local_address(int listener) {
  Endpoint endpoint = local_endpoint(listener);
  std::string host = endpoint.address().to_string();
  if (endpoint.address().is_v6()) host = "[" + host + "]";
  return host + ":" + std::to_string(endpoint.port());
}

}  // namespace signpost::net
