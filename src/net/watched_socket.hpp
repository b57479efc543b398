#pragma once

#include <boost/asio/use_awaitable.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <cstdint>
#include <optional>
#include <span>

#include "net/task.hpp"

namespace signpost::net {

class WatchService;

// A plain connection's socket, for which a worker waits in an epoll of its own. Asio tries to read
// before each wait, and a server that has just answered finds nothing there: a third call to the
// kernel for each request, and the way through its queues besides (docs/adr/0013). One coroutine
// at a time may wait, and it goes on on the worker's thread.
class WatchedSocket {
 public:
  // Takes the descriptor over, which does not block.
  WatchedSocket(asio::io_context& context, int fd);
  ~WatchedSocket();
  WatchedSocket(const WatchedSocket&) = delete;
  WatchedSocket& operator=(const WatchedSocket&) = delete;

  int fd() const { return fd_; }
  // At least one byte, or 0 with `error` set (end of file included).
  Task<std::size_t> read_some(std::span<char> into, boost::system::error_code& error);
  // Waits until the kernel may take more, or has an error to tell.
  Task<void> writable();
  // Ends a read that waits, as operation_aborted; not before the caller has returned.
  void stop_waiting();
  // Forgets about stop_waiting() where the read has not ended yet.
  void keep_waiting();

 private:
  friend class WatchService;
  using Waiter = asio::async_result<asio::use_awaitable_t<Executor>, void()>::handler_type;
  enum class Wait { none, to_read, to_write };

  Task<void> wait(Wait kind);
  void on_event(std::uint32_t events);
  void go_on();

  WatchService& service_;
  int fd_;
  boost::intrusive::list_member_hook<> hook_;
  std::optional<Waiter> waiter_;
  Wait kind_ = Wait::none;
  bool readable_ = true;  // as far as is known
  bool ended_ = false;    // the peer sends no more: this is told once
  bool stopped_ = false;  // by stop_waiting()
};

}  // namespace signpost::net
