#include "net/http_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <list>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/try.hpp"
#include "net/client_connection.hpp"

namespace signpost::net {

std::string Origin::authority() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (tls ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

std::optional<Origin> Origin::parse(std::string_view url) {
  Origin origin;
  if (url.starts_with("https://")) {
    origin.tls = true;
    origin.port = 443;
    url.remove_prefix(8);
  } else if (url.starts_with("http://")) {
    url.remove_prefix(7);
  } else {
    return std::nullopt;
  }
  if (url.ends_with('/')) url.remove_suffix(1);
  std::size_t host_end = url.starts_with('[') ? url.find(']') : url.find(':');
  if (url.starts_with('[') && host_end == std::string_view::npos) return std::nullopt;
  std::string_view host =
      url.starts_with('[') ? url.substr(1, host_end - 1) : url.substr(0, host_end);
  std::string_view rest = url.starts_with('[') ? url.substr(host_end + 1) : url.substr(host.size());
  bool proper = !host.empty() && std::ranges::all_of(host, [&](char c) {
    return is_digit(c) || is_alpha(c) || c == '-' || c == '.' || c == '_' ||
           (url.starts_with('[') && c == ':');
  });
  if (!proper) return std::nullopt;
  if (!rest.empty()) {
    auto port = rest.starts_with(':') ? parse_u64(rest.substr(1)) : std::nullopt;
    if (!port || *port == 0 || *port > 65535) return std::nullopt;
    origin.port = static_cast<std::uint16_t>(*port);
  }
  origin.host = to_lower(host);
  return origin;
}

std::optional<std::string_view> ResponseHead::field(std::string_view name) const {
  for (const auto& [field, value] : fields)
    if (equal_ignoring_case(field, name)) return value;
  return std::nullopt;
}

Task<std::expected<std::string, ClientError>> ClientExchange::read_all(std::size_t limit) {
  std::string body;
  for (;;) {
    CO_TRY(std::span<const char> piece, co_await read_some());
    if (piece.empty()) co_return body;
    if (body.size() + piece.size() > limit) co_return std::unexpected(ClientError::malformed);
    body.append(piece.data(), piece.size());
  }
}

class HttpClient::Impl {
 public:
  explicit Impl(asio::io_context& context)
      : context_(context), tls_(asio::ssl::context::tls_client) {
    boost::system::error_code error;
    tls_.set_default_verify_paths(error);
    tls_error_ = error;
  }

  // An idle connection to that origin, or null.
  std::unique_ptr<ClientConnection> take_idle(const Origin& origin) {
    auto now = std::chrono::steady_clock::now();
    for (auto at = idle_.begin(); at != idle_.end();) {
      auto& connection = **at;
      bool stale = now - connection.idle_since > limits::client_idle || !connection.alive();
      if (stale) {
        at = idle_.erase(at);
      } else if (connection.origin() == origin) {
        auto taken = std::move(*at);
        idle_.erase(at);
        return taken;
      } else {
        ++at;
      }
    }
    return nullptr;
  }

  void give_back(std::unique_ptr<ClientConnection> connection) {
    if (!connection->reusable() || idle_.size() >= limits::client_idle_connections) return;
    connection->idle_since = std::chrono::steady_clock::now();
    idle_.push_front(std::move(connection));
  }

  // whole_deadline 0: within limits::connect_deadline.
  Task<std::expected<std::unique_ptr<ClientConnection>, ClientError>> connect(
      Origin origin, std::chrono::seconds whole_deadline) {
    if (origin.tls && tls_error_) co_return std::unexpected(ClientError::unreachable);
    auto connection = std::make_unique<ClientConnection>(context_, std::move(origin));
    auto deadline = limits::connect_deadline;
    if (whole_deadline.count() > 0) deadline = std::min(deadline, whole_deadline);
    CO_TRYV(co_await connection->connect(tls_, deadline));
    co_return connection;
  }
  asio::io_context& context() { return context_; }

 private:
  asio::io_context& context_;
  asio::ssl::context tls_;
  boost::system::error_code tls_error_;
  std::list<std::unique_ptr<ClientConnection>> idle_;
};

namespace {

std::string head_of(const Origin& origin, const ClientRequest& request) {
  std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, request.target,
                                 origin.authority());
  head += request.headers.wire();
  if (request.has_body) head += fmt::format("Content-Length: {}\r\n", request.content_length);
  return head += "\r\n";
}

bool may_repeat(const ClientRequest& request) {
  return !request.has_body && (request.method == "GET" || request.method == "HEAD" ||
                               request.method == "DELETE" || request.method == "PUT");
}

}  // namespace

class PooledExchange final : public ClientExchange {
 public:
  // `pool` may go before this: then the connection closes with it.
  PooledExchange(std::weak_ptr<HttpClient::Impl> pool, ClientRequest request)
      : pool_(std::move(pool)), request_(std::move(request)) {}

  ~PooledExchange() override {
    // A server that answered early still waits for the rest of the body, and would take the next
    // request for it.
    bool whole = written_ == request_.content_length;
    auto pool = pool_.lock();
    if (pool && connection_ && whole) pool->give_back(std::move(connection_));
  }

  Task<std::expected<void, ClientError>> open(Origin origin) {
    auto pool = pool_.lock();
    if (request_.whole_deadline.count() > 0) {
      whole_.emplace(pool->context(), [this] {
        if (connection_) connection_->cut();
      });
      whole_->expires_after(request_.whole_deadline);
    }
    connection_ = pool->take_idle(origin);
    pooled_ = connection_ != nullptr;
    if (!connection_) {
      CO_TRY(connection_, co_await pool->connect(origin, request_.whole_deadline));
    }
    auto sent = co_await connection_->write(head_of(connection_->origin(), request_));
    if (!sent && pooled_ && !is_late()) co_return co_await reopen();
    if (!sent) co_return std::unexpected(in_time(sent.error()));
    co_return sent;
  }

  Task<std::expected<void, ClientError>> write(std::span<const char> bytes) override {
    written_ += bytes.size();
    auto written = co_await connection_->write({bytes.data(), bytes.size()});
    if (!written) co_return std::unexpected(in_time(written.error()));
    co_return written;
  }

  Task<std::expected<ResponseHead, ClientError>> read_head() override {
    bool to_head = request_.method == "HEAD";
    auto read = co_await connection_->read_head(to_head, request_.head_deadline);
    bool died_idle = !read && read.error() == ClientError::closed && pooled_ &&
                     connection_->untouched() && may_repeat(request_) && !is_late();
    if (died_idle) {
      CO_TRYV(co_await reopen());
      read = co_await connection_->read_head(to_head, request_.head_deadline);
    }
    if (!read) co_return std::unexpected(in_time(read.error()));
    co_return connection_->head();
  }

  Task<std::expected<std::span<const char>, ClientError>> read_some() override {
    auto piece = co_await connection_->read_body();
    if (!piece) co_return std::unexpected(in_time(piece.error()));
    co_return piece;
  }

 private:
  bool is_late() const { return whole_ && whole_->expired(); }
  // What broke because the whole deadline cut the connection was not the server's doing.
  ClientError in_time(ClientError error) const {
    return is_late() ? ClientError::timed_out : error;
  }

  // The server closed an idle connection just as it was used again: once more, on a new one.
  Task<std::expected<void, ClientError>> reopen() {
    auto pool = pool_.lock();
    if (!pool) co_return std::unexpected(ClientError::closed);
    pooled_ = false;
    CO_TRY(connection_, co_await pool->connect(connection_->origin(), request_.whole_deadline));
    co_return co_await connection_->write(head_of(connection_->origin(), request_));
  }

  std::weak_ptr<HttpClient::Impl> pool_;
  ClientRequest request_;
  std::unique_ptr<ClientConnection> connection_;
  bool pooled_ = false;
  std::uint64_t written_ = 0;
  std::optional<Deadline> whole_;
};

HttpClient::HttpClient(asio::io_context& context) : impl_(std::make_shared<Impl>(context)) {}
HttpClient::~HttpClient() = default;

Task<std::expected<std::unique_ptr<ClientExchange>, ClientError>> HttpClient::send(
    Origin origin, ClientRequest request) {
  auto exchange = std::make_unique<PooledExchange>(impl_, std::move(request));
  CO_TRYV(co_await exchange->open(std::move(origin)));
  std::unique_ptr<ClientExchange> opened = std::move(exchange);
  co_return opened;
}

}  // namespace signpost::net
