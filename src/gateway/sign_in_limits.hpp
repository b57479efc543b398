#pragma once

#include <expected>

#include "gateway/rate_limiter.hpp"
#include "http/problem.hpp"
#include "net/exchange.hpp"

namespace signpost::gateway {

// How many wrong passwords are looked at: for one user from one address 10 in a row and then 2 a
// minute; from one address 200 and then 60 a minute, whatever the users; for one user 100 and then
// 6 a minute, from wherever. So whoever guesses at a user from a few addresses locks out nobody
// but these addresses; the right password works from any other, until 100 wrong ones have come
// within the time.
class SignInLimits {
 public:
  SignInLimits();

  // Counts a try before the password is looked at, so that many at once are counted too. 429 with
  // how long to wait, where there were too many.
  std::expected<void, http::Problem> begin(std::string_view username,
                                           const net::asio::ip::address& address);
  // The password was right: the try, and those before it from that address, count no more.
  void succeeded(std::string_view username, const net::asio::ip::address& address);
  // The password was not looked at.
  void withdrawn(std::string_view username, const net::asio::ip::address& address);

 private:
  RateLimiter by_both_;
  RateLimiter by_address_;
  RateLimiter by_username_;
};

}  // namespace signpost::gateway
