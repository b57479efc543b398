#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "net/task.hpp"

namespace signpost::net {

// The threads on which anything that may block runs: disk, password hashing, big digests. A
// coroutine leaves its worker for the call alone and comes back to the same worker.
class BlockingPool {
 public:
  explicit BlockingPool(unsigned threads) : pool_(threads) {}

  // Runs call() on a pool thread and gives back what it returned, or throws what it threw. The
  // callable and all it refers to must outlive the co_await (they do, when it is a local there).
  template <class F, class R = std::invoke_result_t<F&>>
  Task<R> run(F call) {
    Executor home = co_await asio::this_coro::executor;
    std::exception_ptr error;
    std::conditional_t<std::is_void_v<R>, char, std::optional<R>> result{};
    auto work = [&]() noexcept {
      try {
        if constexpr (std::is_void_v<R>) {
          call();
        } else {
          result.emplace(call());
        }
      } catch (...) {
        error = std::current_exception();
      }
    };
    auto initiate = [&](auto handler) {
      asio::post(pool_, [&work, home, guard = asio::make_work_guard(home),
                         handler = std::move(handler)]() mutable {
        work();
        asio::post(home, std::move(handler));
      });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
        std::move(initiate), asio::use_awaitable_t<Executor>());
    if (error) std::rethrow_exception(error);
    if constexpr (!std::is_void_v<R>) co_return *std::move(result);
  }

  void join() { pool_.join(); }

 private:
  asio::thread_pool pool_;
};

}  // namespace signpost::net
