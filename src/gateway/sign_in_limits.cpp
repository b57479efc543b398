#include "gateway/sign_in_limits.hpp"

#include "base/ascii.hpp"
#include "gateway/client_address.hpp"
#include "gateway/problem_response.hpp"

namespace signpost::gateway {
namespace {

constexpr std::size_t places = 32 * 1024;  // 512 KiB each

std::string both(const std::string& user, const std::string& address) {
  return address + user;  // the address has one of two lengths
}

}  // namespace

SignInLimits::SignInLimits()
    : by_both_(1.0 / 30, 10, places),
      by_address_(1.0, 200, places),
      by_username_(0.1, 100, places) {}

std::expected<void, http::Problem> SignInLimits::begin(std::string_view username,
                                                       const net::asio::ip::address& address) {
  std::string user = to_lower(username);
  std::string from = counted_as(address);
  auto now = std::chrono::steady_clock::now();
  if (auto wait = by_both_.take(both(user, from), now))
    return std::unexpected(too_many_requests(*wait));
  if (auto wait = by_address_.take(from, now)) {
    by_both_.give_back(both(user, from));
    return std::unexpected(too_many_requests(*wait));
  }
  if (auto wait = by_username_.take(user, now)) {
    by_both_.give_back(both(user, from));
    by_address_.give_back(from);
    return std::unexpected(too_many_requests(*wait));
  }
  return {};
}

void SignInLimits::succeeded(std::string_view username, const net::asio::ip::address& address) {
  std::string user = to_lower(username);
  std::string from = counted_as(address);
  by_both_.forget(both(user, from));
  by_address_.give_back(from);
  by_username_.give_back(user);
}

void SignInLimits::withdrawn(std::string_view username, const net::asio::ip::address& address) {
  std::string user = to_lower(username);
  std::string from = counted_as(address);
  by_both_.give_back(both(user, from));
  by_address_.give_back(from);
  by_username_.give_back(user);
}

}  // namespace signpost::gateway
