#include "gateway/pause.hpp"

#include <boost/asio/basic_waitable_timer.hpp>

namespace signpost::gateway {

net::Task<void> pause(std::chrono::milliseconds length) {
  using Timer = net::asio::basic_waitable_timer<
      std::chrono::steady_clock, net::asio::wait_traits<std::chrono::steady_clock>, net::Executor>;
  Timer timer(co_await net::asio::this_coro::executor, length);
  co_await timer.async_wait(net::asio::use_awaitable_t<net::Executor>());
}

}  // namespace signpost::gateway
