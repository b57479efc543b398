#pragma once

#include <cstdint>

#include "gateway/request_id.hpp"
#include "net/exchange.hpp"

namespace signpost::gateway {

// An exchange whose answer is looked at as it goes by: it puts X-Request-Id on it and remembers
// what metrics and the access log tell of it.
class ObservedExchange final : public net::Exchange {
 public:
  // `inner` must outlive it.
  ObservedExchange(net::Exchange& inner, const RequestId& request_id)
      : inner_(inner), request_id_(request_id) {}

  const net::RequestHead& head() const override { return inner_.head(); }
  net::asio::ip::address peer() const override { return inner_.peer(); }
  bool is_tls() const override { return inner_.is_tls(); }
  bool started() const override { return inner_.started(); }
  std::uint64_t body_bytes_sent() const override { return inner_.body_bytes_sent(); }
  net::Task<std::expected<std::span<const char>, net::BodyError>> read_some() override {
    return inner_.read_some();
  }
  net::Task<void> respond(net::Response response) override;
  net::Task<void> start(unsigned status, const net::Headers& headers,
                        std::uint64_t content_length) override;
  net::Task<void> write(std::span<const char> bytes) override;
  net::Task<void> send_file(int fd, std::uint64_t offset, std::uint64_t count) override;
  void abort() override { inner_.abort(); }

  std::string_view request_id() const { return request_id_; }
  unsigned status() const { return status_; }               // 0: not answered
  std::uint64_t body_bytes() const { return body_bytes_; }  // handed over to be sent

 private:
  net::Exchange& inner_;
  RequestId request_id_;
  unsigned status_ = 0;
  std::uint64_t body_bytes_ = 0;
};

}  // namespace signpost::gateway
