#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/task.hpp"

namespace signpost::net {

// Lets what else waits on this worker have its turn: for a coroutine that goes on for long without
// ever having to wait for anything.
inline Task<void> yield() {
  const Executor home = co_await asio::this_coro::executor;
  co_await asio::post(home, asio::use_awaitable_t<Executor>());
}

}  // namespace signpost::net
