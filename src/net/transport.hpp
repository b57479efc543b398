#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/task.hpp"
#include "net/watched_socket.hpp"

namespace signpost::net {

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

// A connected socket, plain or under TLS, with the few things that a connection does to it. Errors
// come back as error codes: a peer that goes away is no exception.
class Transport {
 public:
  explicit Transport(Socket socket) : socket_(std::move(socket)) {}
  // From now on a plain connection that waits without Asio, in its worker's context: socket() is
  // empty. Before anything else is done with it.
  void watch(asio::io_context& context);

  Task<boost::system::error_code> accept_tls(asio::ssl::context& tls);
  // Checks the certificate against the host's name.
  Task<boost::system::error_code> connect_tls(asio::ssl::context& tls, const std::string& host);

  // At least one byte, or 0 with `error` set (end of file included).
  Task<std::size_t> read_some(std::span<char> into, boost::system::error_code& error);
  // All of both, in one call to the kernel where it takes them.
  Task<boost::system::error_code> write(std::string_view first, std::string_view second = {});
  // The same for what is to leave together with what is sent next, which must follow.
  Task<boost::system::error_code> write_ahead(std::string_view bytes);
  // As much of both as the kernel takes without waiting, straight to it: nearly always an answer
  // whole. Leaves in both what is still to be written; under TLS, all of it.
  boost::system::error_code write_at_once(std::string_view& first, std::string_view& second);
  // By sendfile(2), or through a buffer under TLS. `sent` hears of every piece that went out.
  Task<boost::system::error_code> send_file(int fd, std::uint64_t offset, std::uint64_t count,
                                            const std::function<void(std::size_t)>& sent);

  bool is_tls() const { return tls_ != nullptr; }
  Socket& socket() { return socket_; }

  // Of one that watch() was called for. Ends a read that waits, with `error` set, a little later;
  // and forgets about it.
  void stop_waiting();
  void keep_waiting();
  // End pending and later reads, or reads and writes, at once. Safe at any time.
  void cut_reading();
  void cut();
  // The same, and what the peer has not taken yet is thrown away: it would stay in the kernel's
  // memory for as long as a peer that does not read keeps its connection open.
  void discard();
  // Whether bytes are there that were not read yet.
  bool has_arrived();
  // How many bytes the peer's kernel has taken in all.
  std::uint64_t acknowledged();
  // Tells the peer that nothing follows.
  void finish_writing();

 private:
  Task<boost::system::error_code> send_file_over_tls(int fd, std::uint64_t offset,
                                                     std::uint64_t count,
                                                     const std::function<void(std::size_t)>& sent);
  boost::system::error_code send_at_once(std::string_view& first, std::string_view& second,
                                         int flags);
  Task<boost::system::error_code> write_plain(std::string_view first, std::string_view second,
                                              int flags);
  Task<boost::system::error_code> write_tls(std::string_view first, std::string_view second);
  Task<boost::system::error_code> wait_for_room();
  int handle() { return watched_ ? watched_->fd() : socket_.native_handle(); }
  Socket socket_;
  std::unique_ptr<WatchedSocket> watched_;
  std::unique_ptr<asio::ssl::stream<Socket&>> tls_;
};

}  // namespace signpost::net
