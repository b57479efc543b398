#pragma once

#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/message.hpp"
#include "net/task.hpp"

namespace signpost::net {

// Where an HTTP server is. For https the certificate is checked against the system's roots and the
// host's name.
struct Origin {
  bool tls = false;
  std::string host;  // a name, an IPv4 address or an IPv6 address without brackets
  std::uint16_t port = 80;
  // host[:port], the port left out where it is the scheme's own: the value of Host.
  std::string authority() const;
  // "http://host:port" or "https://..."; a path, query, user or fragment is refused.
  static std::optional<Origin> parse(std::string_view url);
  friend bool operator==(const Origin&, const Origin&) = default;
};

enum class ClientError {
  unreachable,  // name, connection or TLS failed: 502
  timed_out,    // 504
  malformed,    // the answer's framing is in doubt: 502, and the connection is closed
  closed,       // cut before the answer's end
};

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";  // origin form, already encoded
  Headers headers;           // without Host, Content-Length and Connection
  std::uint64_t content_length = 0;
  bool has_body = false;  // write Content-Length even where it is 0
  std::chrono::seconds head_deadline{60};
  // For all of it, from connecting to the body's last byte; looking up the host's name is apart. 0:
  // only each step has a deadline.
  std::chrono::seconds whole_deadline{0};
};

struct ResponseHead {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::optional<std::uint64_t> content_length;
  std::optional<std::string_view> field(std::string_view name) const;
};

// One request and its answer on a connection of the pool. Destroying it before the answer's end
// closes the connection; after it, the connection goes back to the pool.
class ClientExchange {
 public:
  virtual ~ClientExchange() = default;
  virtual Task<std::expected<void, ClientError>> write(std::span<const char> bytes) = 0;
  // After the body's last byte (or at once for "no body"); 1xx answers are skipped. May be called
  // before all of the body is written when write() failed: an early refusal is still read.
  virtual Task<std::expected<ResponseHead, ClientError>> read_head() = 0;
  // The next piece of the decoded body; empty at the end. The view holds until the next call.
  virtual Task<std::expected<std::span<const char>, ClientError>> read_some() = 0;
  Task<std::expected<std::string, ClientError>> read_all(std::size_t limit);
};

// Keep-alive connections to any number of origins, for one worker. Not shared between threads.
class HttpClient {
 public:
  explicit HttpClient(asio::io_context& context);
  ~HttpClient();
  // Connects, or takes an idle connection, and sends the head. A request without a body that is
  // idempotent is sent again, once, where an idle connection turns out to be dead.
  Task<std::expected<std::unique_ptr<ClientExchange>, ClientError>> send(Origin origin,
                                                                         ClientRequest request);

 private:
  friend class PooledExchange;
  class Impl;
  std::shared_ptr<Impl> impl_;  // an exchange that outlives the client sees that it is gone
};

}  // namespace signpost::net
