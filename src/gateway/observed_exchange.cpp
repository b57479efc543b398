#include "gateway/observed_exchange.hpp"

namespace signpost::gateway {

net::Task<void> ObservedExchange::respond(net::Response response) {
  response.headers.add("X-Request-Id", request_id_);
  status_ = response.status;
  if (head().method != "HEAD") body_bytes_ += response.body.size();
  return inner_.respond(std::move(response));
}

net::Task<void> ObservedExchange::start(unsigned status, const net::Headers& headers,
                                        std::uint64_t content_length) {
  net::Headers with_id = headers;
  with_id.add("X-Request-Id", request_id_);
  status_ = status;
  co_await inner_.start(status, with_id, content_length);
}

net::Task<void> ObservedExchange::write(std::span<const char> bytes) {
  body_bytes_ += bytes.size();
  return inner_.write(bytes);
}

net::Task<void> ObservedExchange::send_file(int fd, std::uint64_t offset, std::uint64_t count) {
  body_bytes_ += count;
  return inner_.send_file(fd, offset, count);
}

}  // namespace signpost::gateway
