#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "net/blocking_pool.hpp"
#include "net/exchange.hpp"
#include "s3server/failure.hpp"
#include "storage/store.hpp"

namespace signpost::s3server {

// What every operation works with.
struct Services {
  storage::Store& store;
  net::BlockingPool& pool;
  const std::string& region;
  const std::function<UnixSeconds()>& now;
};

// One request on its way to its answer. Every answer goes through here, so that each carries the
// request's id and what CORS grants.
class Call {
 public:
  Call(net::Exchange& exchange, const Services& services)
      : exchange_(exchange), services_(services), request_id_(make_request_id()) {}

  net::Exchange& exchange() { return exchange_; }
  const net::RequestHead& head() const { return exchange_.head(); }
  storage::Store& store() const { return services_.store; }
  net::BlockingPool& pool() const { return services_.pool; }
  const std::string& region() const { return services_.region; }
  UnixSeconds now() const { return services_.now(); }
  const std::string& request_id() const { return request_id_; }
  // Of the answer; 0 before there is one.
  unsigned status() const { return status_; }

  // Fields for whatever is answered.
  void add_to_every_answer(const net::Headers& headers);
  // What the error document names as <Resource>.
  void set_resource(std::string resource) { resource_ = std::move(resource); }

  // A whole answer.
  net::Task<void> respond(unsigned status, net::Headers headers = {}, std::string body = {});
  net::Task<void> respond_xml(std::string document);
  // The head of an answer whose body the operation writes to exchange() itself.
  net::Task<void> start(unsigned status, net::Headers headers, std::uint64_t content_length);
  net::Task<void> fail(Failure failure);

 private:
  net::Headers complete(net::Headers headers) const;

  net::Exchange& exchange_;
  const Services& services_;
  std::string request_id_;
  std::string resource_;
  net::Headers always_;
  unsigned status_ = 0;
};

// The values of all fields of that name joined with ", "; nothing where there is none (RFC 9110
// section 5.3).
std::optional<std::string> joined_field(const net::RequestHead& head, std::string_view name);

}  // namespace signpost::s3server
