#include "net/watched_socket.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>
#include <cerrno>
#include <deque>
#include <system_error>

namespace signpost::net {
namespace {

using boost::system::error_code;

constexpr std::uint32_t end_events = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

error_code last_error() {
  return {errno, boost::system::system_category()};
}

int make_epoll() {
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return fd;
}

}  // namespace

// One for each io_context (an Asio service: made on first use, gone with the context), in which it
// waits for its epoll as a whole.
class WatchService : public asio::execution_context::service {
 public:
  using key_type = WatchService;
  inline static asio::execution_context::id id;

  explicit WatchService(asio::execution_context& context)
      : service(context),
        context_(static_cast<asio::io_context&>(context)),
        epoll_(context_, make_epoll()) {
    wait();
  }

  // False where the kernel has no room for it.
  bool add(WatchedSocket& socket) {
    sockets_.push_front(socket);
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                      .data = {.ptr = &socket}};
    return ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, socket.fd(), &event) == 0;
  }

  // The descriptor's close takes it out of the epoll.
  void remove(WatchedSocket& socket) {
    sockets_.erase(sockets_.iterator_to(socket));
    for (std::size_t i = at_; i < count_; ++i)
      if (events_[i].data.ptr == &socket) events_[i].data.ptr = nullptr;
    drop_turns(socket);
  }

  // When the others have had their turn, a read that waits goes on, or is stopped.
  void take_turn(WatchedSocket& socket, bool stop) {
    turns_.push_back({&socket, stop});
    if (turns_.size() == 1) post_turns();
  }

  void drop_turns(const WatchedSocket& socket) {
    std::erase_if(turns_, [&](const Turn& turn) { return turn.socket == &socket; });
  }

 private:
  using Sockets = boost::intrusive::list<
      WatchedSocket,
      boost::intrusive::member_hook<WatchedSocket, boost::intrusive::list_member_hook<>,
                                    &WatchedSocket::hook_>,
      boost::intrusive::constant_time_size<false>>;
  struct Turn {
    WatchedSocket* socket;
    bool stop;
  };

  void post_turns() {
    if (posted_) return;
    posted_ = true;
    asio::post(context_, [this] { take_turns(); });
  }

  // Those that are there: what comes meanwhile waits for the next time.
  void take_turns() {
    posted_ = false;
    for (std::size_t left = turns_.size(); left > 0 && !turns_.empty(); --left) {
      const Turn turn = turns_.front();
      turns_.pop_front();
      if (turn.socket->kind_ != WatchedSocket::Wait::to_read) continue;
      turn.socket->stopped_ = turn.stop;
      turn.socket->go_on();
    }
    if (!turns_.empty()) post_turns();
  }

  // A waiter owns the coroutines that own its socket: they go now, or never.
  void shutdown() override {
    for (auto at = sockets_.begin(); at != sockets_.end();) {
      WatchedSocket& each = *at++;
      if (!each.waiter_) continue;
      const WatchedSocket::Waiter waiter = std::move(*each.waiter_);
      each.waiter_.reset();
    }
  }

  void wait() {
    epoll_.async_wait(asio::posix::descriptor_base::wait_read, [this](const error_code& error) {
      if (error) return;
      dispatch();
      wait();
    });
  }

  void dispatch() {
    const int count =
        ::epoll_wait(epoll_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
    count_ = static_cast<std::size_t>(std::max(count, 0));
    for (at_ = 0; at_ < count_;) {
      const epoll_event event = events_[at_++];
      if (event.data.ptr != nullptr)
        static_cast<WatchedSocket*>(event.data.ptr)->on_event(event.events);
    }
    at_ = count_ = 0;
  }

  asio::io_context& context_;
  asio::posix::basic_stream_descriptor<Executor> epoll_;
  Sockets sockets_;
  std::array<epoll_event, 64> events_{};
  std::size_t at_ = 0;  // events_[at_, count_) is still to be told
  std::size_t count_ = 0;
  std::deque<Turn> turns_;
  bool posted_ = false;
};

WatchedSocket::WatchedSocket(asio::io_context& context, int fd)
    : service_(asio::use_service<WatchService>(context)), fd_(fd) {
  if (!service_.add(*this)) ::shutdown(fd_, SHUT_RDWR);  // which the first read finds
}

WatchedSocket::~WatchedSocket() {
  service_.remove(*this);
  ::close(fd_);
}

Task<void> WatchedSocket::wait(Wait kind) {
  asio::use_awaitable_t<Executor> token;
  auto keep = [this, kind](Waiter waiter) {
    kind_ = kind;
    waiter_.emplace(std::move(waiter));
  };
  return asio::async_initiate<asio::use_awaitable_t<Executor>, void()>(keep, token);
}

void WatchedSocket::go_on() {
  Waiter waiter = std::move(*waiter_);
  waiter_.reset();
  kind_ = Wait::none;
  std::move(waiter)();  // after which this may be gone
}

// The kernel tells what has changed, and only once.
void WatchedSocket::on_event(std::uint32_t events) {
  if ((events & end_events) != 0) ended_ = true;
  if ((events & (EPOLLIN | end_events)) != 0) readable_ = true;
  const bool writes = (events & (EPOLLOUT | end_events)) != 0;
  if ((kind_ == Wait::to_read && readable_) || (kind_ == Wait::to_write && writes)) go_on();
}

void WatchedSocket::stop_waiting() {
  service_.take_turn(*this, true);
}

void WatchedSocket::keep_waiting() {
  service_.drop_turns(*this);
}

Task<std::size_t> WatchedSocket::read_some(std::span<char> into, error_code& error) {
  for (;;) {
    // A peer that is quick leaves others their turn.
    if (readable_) service_.take_turn(*this, false);
    co_await wait(Wait::to_read);
    error = {};
    if (std::exchange(stopped_, false)) {
      error = asio::error::operation_aborted;
      co_return 0;
    }
    const ssize_t n = ::recv(fd_, into.data(), into.size(), MSG_DONTWAIT);
    if (n > 0) {
      // Less than there was room for was all that had come (epoll(7)), but for the end.
      readable_ = static_cast<std::size_t>(n) == into.size() || ended_;
      co_return static_cast<std::size_t>(n);
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {
      readable_ = false;
      continue;
    }
    error = n == 0 ? error_code(asio::error::eof) : last_error();
    co_return 0;
  }
}

Task<void> WatchedSocket::writable() {
  return wait(Wait::to_write);
}

}  // namespace signpost::net
