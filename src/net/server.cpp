#include "net/server.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "base/limits.hpp"
#include "log/log.hpp"
#include "net/connection.hpp"

namespace signpost::net {
namespace {

constexpr asio::use_awaitable_t<Executor> use_task;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

// One thread's share of the server. Everything in it is touched by that thread alone, but for the
// counter of connections.
class ServerWorker {
 public:
  ServerWorker(unsigned index, int listener, const ServerOptions& options,
               std::atomic<unsigned>& connections)
      : index_(index),
        options_(options),
        total_(connections),
        acceptor_(context_),
        drain_timer_(context_) {
    acceptor_.assign(asio::ip::tcp::v4(), listener);
  }

  asio::io_context& context() { return context_; }

  // Throws what ended the accepting of connections: a worker that is deaf is of no use.
  void run(const HandlerFactory& factory) {
    handler_ = factory(Worker{context_, index_});
    asio::co_spawn(context_, accept_loop(), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(std::move(failure));
    });
    context_.run();
  }

  void stop() {
    asio::post(context_, [this] { begin_draining(); });
  }

  bool abandoned() const { return abandoned_; }

 private:
  Task<void> accept_loop() {
    while (!draining_) {
      boost::system::error_code error;
      Socket socket(context_);
      co_await acceptor_.async_accept(socket, asio::redirect_error(use_task, error));
      if (draining_) break;
      if (error || total_ >= options_.max_connections) {
        // Out of descriptors, or full: what waits in the kernel's queue waits on (L12, R10).
        if (error) log::warn("accept: {}", error.message());
        make_room();
        Timer pause(context_);
        pause.expires_after(std::chrono::milliseconds{100});
        co_await pause.async_wait(asio::redirect_error(use_task, error));
        if (!socket.is_open()) continue;
      }
      asio::co_spawn(context_, serve(std::move(socket)), asio::detached);
    }
  }

  Task<void> serve(Socket socket) {
    ConnectionShare share{context_, options_.fallback, options_.tls.get(), draining_, date_, held_};
    std::list<Connection*>::iterator place;
    {
      Connection connection(std::move(socket), share, handler_);
      place = connections_.insert(connections_.end(), &connection);
      ++total_;  // not before: where memory is short, neither may have been
      try {
        co_await connection.run();
      } catch (const std::exception& error) {
        log::error("a connection failed: {}", error.what());
      }
      connections_.erase(place);
      held_.remove(connection);
    }
    --total_;
    if (draining_ && connections_.empty()) finish();
  }

  // Those who have wanted nothing for the longest go for those who do.
  void make_room() {
    std::vector<std::pair<std::chrono::steady_clock::time_point, Connection*>> idle;
    for (Connection* connection : connections_)
      if (auto since = connection->idle_since()) idle.emplace_back(*since, connection);
    std::size_t count = std::min<std::size_t>(limits::idle_connections_cut, idle.size());
    std::ranges::partial_sort(idle, idle.begin() + static_cast<std::ptrdiff_t>(count));
    for (std::size_t i = 0; i < count; ++i) idle[i].second->stop_if_idle();
  }

  void begin_draining() {
    if (draining_) return;
    draining_ = true;
    boost::system::error_code error;
    acceptor_.cancel(error);
    // The listening socket itself may be shared with the next process: only this copy closes.
    acceptor_.close(error);
    for (Connection* connection : connections_) connection->stop_if_idle();
    if (connections_.empty()) return finish();
    drain_timer_.expires_after(limits::drain_deadline);
    drain_timer_.async_wait([this](const boost::system::error_code& failed) {
      if (failed) return;
      log::warn("{} exchanges were cut at the end of the drain", connections_.size());
      for (Connection* connection : connections_) connection->cut();
      // What was cut ends by itself and calls finish(). What does not (a handler stuck in a
      // blocking call) must not hold up the stop: its frames are leaked rather than torn down under
      // it.
      drain_timer_.expires_after(limits::linger_deadline);
      drain_timer_.async_wait([this](const boost::system::error_code& again) {
        if (again) return;
        abandoned_ = true;
        finish();
      });
    });
  }

  void finish() { context_.stop(); }

  // Declared first: what is made of it must go before it does.
  asio::io_context context_{1};
  unsigned index_;
  const ServerOptions& options_;
  std::atomic<unsigned>& total_;
  Acceptor acceptor_;
  Timer drain_timer_;
  Handler handler_;
  std::list<Connection*> connections_;
  DateCache date_;
  HeldAnswers held_{context_};
  bool draining_ = false;
  bool abandoned_ = false;
};

}  // namespace

class Server::Impl {
 public:
  Impl(ServerOptions options, HandlerFactory factory)
      : options_(std::move(options)), factory_(std::move(factory)) {
    for (unsigned i = 0; i < options_.listeners.size(); ++i)
      workers_.push_back(
          std::make_unique<ServerWorker>(i, options_.listeners[i], options_, connections_));
  }

  ~Impl() {
    for (auto& worker : workers_)
      if (worker->abandoned()) static_cast<void>(worker.release());
  }

  void run() {
    std::vector<std::jthread> threads;
    std::mutex mutex;
    std::exception_ptr failure;
    for (auto& worker : workers_)
      threads.emplace_back([&, this] {
        try {
          worker->run(factory_);
        } catch (...) {
          std::scoped_lock lock(mutex);
          failure = std::current_exception();
          stop();
        }
      });
    threads.clear();  // joins
    if (failure) std::rethrow_exception(failure);
  }

  void stop() {
    for (auto& worker : workers_) worker->stop();
  }

  std::vector<asio::io_context*> contexts() {
    std::vector<asio::io_context*> all;
    for (auto& worker : workers_) all.push_back(&worker->context());
    return all;
  }

 private:
  ServerOptions options_;
  HandlerFactory factory_;
  std::atomic<unsigned> connections_ = 0;
  std::vector<std::unique_ptr<ServerWorker>> workers_;
};

Server::Server(ServerOptions options, HandlerFactory factory)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(factory))) {}
Server::~Server() = default;
void Server::run() {
  impl_->run();
}
void Server::stop() {
  impl_->stop();
}
std::vector<asio::io_context*> Server::contexts() {
  return impl_->contexts();
}

}  // namespace signpost::net
