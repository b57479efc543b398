#include "net/transport.hpp"

#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstddef>
#include <vector>

#include "base/limits.hpp"

namespace signpost::net {
namespace {

using boost::system::error_code;
constexpr asio::use_awaitable_t<Executor> use_task;

// What the C library's tcp_info does not have yet of the kernel's, whose layout never changes.
struct TcpInfo {
  tcp_info known;
  std::uint64_t pacing_rate;
  std::uint64_t max_pacing_rate;
  std::uint64_t bytes_acked;
};
static_assert(offsetof(TcpInfo, bytes_acked) == 120);

error_code last_error() {
  return {errno, boost::system::system_category()};
}

// One piece as such: the kernel has less to look at.
ssize_t send_pieces(int socket, std::string_view first, std::string_view second, int flags) {
  flags |= MSG_NOSIGNAL | MSG_DONTWAIT;
  if (second.empty()) return ::send(socket, first.data(), first.size(), flags);
  std::array<iovec, 2> pieces{iovec{const_cast<char*>(first.data()), first.size()},
                              iovec{const_cast<char*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  return ::sendmsg(socket, &message, flags);
}

}  // namespace

void Transport::watch(asio::io_context& context) {
  error_code error;
  socket_.native_non_blocking(true, error);
  watched_ = std::make_unique<WatchedSocket>(context, socket_.release(error));
}

Task<error_code> Transport::wait_for_room() {
  error_code error;
  if (watched_) {
    co_await watched_->writable();
  } else {
    co_await socket_.async_wait(Socket::wait_write, asio::redirect_error(use_task, error));
  }
  co_return error;
}

Task<error_code> Transport::accept_tls(asio::ssl::context& tls) {
  tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, tls);
  error_code error;
  co_await tls_->async_handshake(asio::ssl::stream_base::server,
                                 asio::redirect_error(use_task, error));
  co_return error;
}

Task<error_code> Transport::connect_tls(asio::ssl::context& tls, const std::string& host) {
  tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, tls);
  tls_->set_verify_mode(asio::ssl::verify_peer);
  tls_->set_verify_callback(asio::ssl::host_name_verification(host));
  SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
  error_code error;
  co_await tls_->async_handshake(asio::ssl::stream_base::client,
                                 asio::redirect_error(use_task, error));
  co_return error;
}

Task<std::size_t> Transport::read_some(std::span<char> into, error_code& error) {
  if (watched_) return watched_->read_some(into, error);
  auto buffer = asio::buffer(into.data(), into.size());
  if (tls_) return tls_->async_read_some(buffer, asio::redirect_error(use_task, error));
  return socket_.async_read_some(buffer, asio::redirect_error(use_task, error));
}

Task<error_code> Transport::write(std::string_view first, std::string_view second) {
  if (!tls_) return write_plain(first, second, 0);
  return write_tls(first, second);
}

Task<error_code> Transport::write_ahead(std::string_view bytes) {
  if (!tls_) return write_plain(bytes, {}, MSG_MORE);
  return write_tls(bytes, {});
}

Task<error_code> Transport::write_tls(std::string_view first, std::string_view second) {
  error_code error;
  std::array<asio::const_buffer, 2> buffers{asio::buffer(first), asio::buffer(second)};
  co_await asio::async_write(*tls_, buffers, asio::redirect_error(use_task, error));
  co_return error;
}

error_code Transport::write_at_once(std::string_view& first, std::string_view& second) {
  return tls_ ? error_code{} : send_at_once(first, second, 0);
}

error_code Transport::send_at_once(std::string_view& first, std::string_view& second, int flags) {
  while (!first.empty() || !second.empty()) {
    ssize_t sent = send_pieces(handle(), first, second, flags);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN ? error_code{} : last_error();
    }
    std::size_t of_first = std::min(first.size(), static_cast<std::size_t>(sent));
    first.remove_prefix(of_first);
    second.remove_prefix(static_cast<std::size_t>(sent) - of_first);
  }
  return {};
}

Task<error_code> Transport::write_plain(std::string_view first, std::string_view second,
                                        int flags) {
  for (;;) {
    error_code error = send_at_once(first, second, flags);
    if (error || (first.empty() && second.empty())) co_return error;
    if ((error = co_await wait_for_room())) co_return error;
  }
}

Task<error_code> Transport::send_file_over_tls(int fd, std::uint64_t offset, std::uint64_t count,
                                               const std::function<void(std::size_t)>& sent) {
  std::vector<char> buffer(limits::transfer_buffer_bytes);
  while (count > 0) {
    ssize_t n = ::pread(fd, buffer.data(), std::min<std::uint64_t>(buffer.size(), count),
                        static_cast<off_t>(offset));
    if (n < 0) co_return last_error();
    if (n == 0) co_return asio::error::eof;
    auto got = static_cast<std::size_t>(n);
    if (auto error = co_await write({buffer.data(), got})) co_return error;
    sent(got);
    offset += got;
    count -= got;
  }
  co_return error_code{};
}

Task<error_code> Transport::send_file(int fd, std::uint64_t offset, std::uint64_t count,
                                      const std::function<void(std::size_t)>& sent) {
  if (tls_) co_return co_await send_file_over_tls(fd, offset, count, sent);
  error_code error;
  if (!watched_ && !socket_.native_non_blocking()) socket_.native_non_blocking(true, error);
  auto at = static_cast<off_t>(offset);
  while (count > 0 && !error) {
    ssize_t n =
        ::sendfile(handle(), fd, &at, std::min<std::uint64_t>(count, limits::send_file_step_bytes));
    if (n > 0) {
      count -= static_cast<std::uint64_t>(n);
      sent(static_cast<std::size_t>(n));
    } else if (n == 0) {
      error = asio::error::eof;  // the file is shorter than it was said to be
    } else if (errno == EAGAIN) {
      error = co_await wait_for_room();
    } else if (errno != EINTR) {
      error = last_error();
    }
  }
  co_return error;
}

bool Transport::has_arrived() {
  int bytes = 0;
  return ::ioctl(handle(), FIONREAD, &bytes) == 0 && bytes > 0;
}
void Transport::stop_waiting() {
  if (watched_) watched_->stop_waiting();
}
void Transport::keep_waiting() {
  if (watched_) watched_->keep_waiting();
}
// shutdown(2) on the descriptor rather than a close: it makes what waits end, and cannot hit a
// descriptor that was reused meanwhile. Its failure means that the peer was quicker.
void Transport::cut_reading() {
  ::shutdown(handle(), SHUT_RD);
}
void Transport::cut() {
  ::shutdown(handle(), SHUT_RDWR);
}
void Transport::discard() {
  const linger reset{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(handle(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  cut();
}
std::uint64_t Transport::acknowledged() {
  TcpInfo info{};
  socklen_t size = sizeof info;
  if (::getsockopt(handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.bytes_acked;
}
void Transport::finish_writing() {
  ::shutdown(handle(), SHUT_WR);
}

}  // namespace signpost::net
