#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "net/deadline.hpp"
#include "net/http_client.hpp"
#include "net/response_parser.hpp"
#include "net/transport.hpp"

namespace signpost::net {

// One connection to an upstream, used for one exchange after the other.
class ClientConnection {
 public:
  ClientConnection(asio::io_context& context, Origin origin);

  // Resolves, connects and, for https, checks the certificate, the last two within `deadline`.
  Task<std::expected<void, ClientError>> connect(asio::ssl::context& tls,
                                                 std::chrono::seconds deadline);
  Task<std::expected<void, ClientError>> write(std::string_view bytes);
  Task<std::expected<void, ClientError>> read_head(bool to_head, std::chrono::seconds deadline);
  Task<std::expected<std::span<const char>, ClientError>> read_body();

  const ResponseHead& head() const { return parser_->head(); }
  // The answer was read to its end and another request may follow.
  bool reusable() const;
  // Ends what is under way, from within a Deadline.
  void cut() { transport_.cut(); }
  // Idle, still connected, and the server has sent nothing unasked.
  bool alive();
  // Nothing of an answer has been received yet: a repeat is safe where the request is.
  bool untouched() const { return begin_ == end_ && !answered_; }

  const Origin& origin() const { return origin_; }
  std::chrono::steady_clock::time_point idle_since{};

 private:
  Task<bool> fill();
  ClientError failure() const;

  asio::io_context& context_;
  Origin origin_;
  Transport transport_;
  Deadline deadline_;
  std::unique_ptr<ResponseParser> parser_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool answered_ = false;
  bool broken_ = false;
  boost::system::error_code error_;
};

}  // namespace signpost::net
