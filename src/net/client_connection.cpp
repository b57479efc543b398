#include "net/client_connection.hpp"

#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

#include "base/limits.hpp"
#include "log/log.hpp"

namespace signpost::net {
namespace {

constexpr asio::use_awaitable_t<Executor> use_task;
using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Executor>;

}  // namespace

ClientConnection::ClientConnection(asio::io_context& context, Origin origin)
    : context_(context),
      origin_(std::move(origin)),
      transport_(Socket(context)),
      deadline_(context, [this] { transport_.cut(); }) {}

Task<std::expected<void, ClientError>> ClientConnection::connect(asio::ssl::context& tls,
                                                                 std::chrono::seconds deadline) {
  boost::system::error_code error;
  std::vector<asio::ip::tcp::endpoint> endpoints;
  if (auto literal = asio::ip::make_address(origin_.host, error); !error) {
    endpoints.emplace_back(literal, origin_.port);
  } else {
    Resolver resolver(context_);
    auto results = co_await resolver.async_resolve(origin_.host, std::to_string(origin_.port),
                                                   asio::redirect_error(use_task, error));
    for (const auto& result : results) endpoints.push_back(result.endpoint());
  }
  if (endpoints.empty()) co_return std::unexpected(ClientError::unreachable);
  // A connect in progress is ended by closing: shutdown(2) does nothing to it.
  Deadline connecting(context_, [this] {
    boost::system::error_code ignored;  // a socket that cannot be closed is closed already
    transport_.socket().close(ignored);
  });
  connecting.expires_after(deadline);
  co_await asio::async_connect(transport_.socket(), endpoints,
                               asio::redirect_error(use_task, error));
  if (!error) {
    boost::system::error_code ignored;  // Nagle's delay costs time, not correctness
    transport_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    if (origin_.tls) error = co_await transport_.connect_tls(tls, origin_.host);
  }
  if (!error) co_return std::expected<void, ClientError>{};
  broken_ = true;
  log::debug("connecting to {}: {}", origin_.authority(), error.message());
  co_return std::unexpected(connecting.expired() ? ClientError::timed_out
                                                 : ClientError::unreachable);
}

ClientError ClientConnection::failure() const {
  return deadline_.expired() ? ClientError::timed_out : ClientError::closed;
}

Task<std::expected<void, ClientError>> ClientConnection::write(std::string_view bytes) {
  deadline_.expires_after(limits::progress_window);
  auto error = co_await transport_.write(bytes);
  deadline_.clear();
  if (!error) co_return std::expected<void, ClientError>{};
  broken_ = true;
  co_return std::unexpected(failure());
}

Task<bool> ClientConnection::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.empty()) buffer_.resize(limits::transfer_buffer_bytes + 1024);
  std::size_t n =
      co_await transport_.read_some({buffer_.data() + end_, buffer_.size() - end_}, error_);
  end_ += n;
  co_return n > 0;
}

Task<std::expected<void, ClientError>> ClientConnection::read_head(bool to_head,
                                                                   std::chrono::seconds deadline) {
  answered_ = false;
  deadline_.expires_after(deadline);
  parser_ = std::make_unique<ResponseParser>(to_head);
  for (;;) {
    if (end_ > begin_) {
      std::size_t consumed = 0;
      auto step = parser_->parse_head({buffer_.data() + begin_, end_ - begin_}, consumed);
      const bool done = step == ResponseParser::Step::done;
      const unsigned status = done ? parser_->head().status : 0;
      // No protocol is ever offered that a server could switch to.
      if (step == ResponseParser::Step::malformed || (done && (status < 100 || status == 101))) {
        broken_ = true;
        co_return std::unexpected(ClientError::malformed);
      }
      begin_ += consumed;
      answered_ = answered_ || done;
      if (done && status >= 200) break;
      if (done) {
        parser_ = std::make_unique<ResponseParser>(to_head);  // 100 Continue and its like
        continue;
      }
    }
    if (!co_await fill()) {
      broken_ = true;
      co_return std::unexpected(failure());
    }
  }
  deadline_.clear();
  co_return std::expected<void, ClientError>{};
}

Task<std::expected<std::span<const char>, ClientError>> ClientConnection::read_body() {
  using Kind = ResponseParser::BodyStep::Kind;
  deadline_.expires_after(limits::progress_window);
  for (;;) {
    auto step = parser_->parse_body({buffer_.data() + begin_, end_ - begin_});
    begin_ += step.consumed;
    if (step.kind == Kind::piece || step.kind == Kind::done) {
      deadline_.clear();
      co_return std::span<const char>(step.piece.data(), step.piece.size());
    }
    if (step.kind == Kind::malformed) {
      broken_ = true;
      co_return std::unexpected(ClientError::malformed);
    }
    if (co_await fill()) continue;
    broken_ = true;
    if (error_ == asio::error::eof && parser_->end_of_file()) co_return std::span<const char>{};
    co_return std::unexpected(failure());
  }
}

bool ClientConnection::reusable() const {
  return !broken_ && answered_ && parser_->body_done() && parser_->keep_alive() && begin_ == end_;
}

bool ClientConnection::alive() {
  char byte = 0;
  ssize_t n = ::recv(transport_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace signpost::net
