#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <expected>
#include <span>
#include <string>

#include "net/message.hpp"
#include "net/task.hpp"

namespace signpost::net {

// Why a request's body could not be read to its end.
enum class BodyError {
  disconnected,  // the client went away; nobody is left to answer
  timed_out,     // less than limits::progress_bytes in limits::progress_window: answer 408
  malformed,     // chunked framing is broken: answer 400; the connection closes after it
  too_large,     // read_all() only: more than its limit: answer 413
};

// The client went away, or stopped reading, while an answer was on its way. Thrown by the writing
// members so that a handler needs no test after each write; the connection catches it.
struct ClientGone {};

// One request and its one answer, on a worker's thread. A handler must call respond(), or start()
// and then write() until the announced length is reached. If a handler throws before it
// started to answer, the server answers 500 by its fallback; after it, the connection is cut.
class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual const RequestHead& head() const = 0;
  virtual asio::ip::address peer() const = 0;
  virtual bool is_tls() const = 0;
  // True once any byte of an answer went out.
  virtual bool started() const = 0;
  // Of the body that start() announced, how much has been handed to the kernel.
  virtual std::uint64_t body_bytes_sent() const = 0;

  // The next piece of the decoded body, at most limits::transfer_buffer_bytes; empty at its end.
  // The view holds until the next call. The first call sends "100 Continue" where the client waits
  // for it: authenticate before.
  virtual Task<std::expected<std::span<const char>, BodyError>> read_some() = 0;
  // The whole body, if it has at most `limit` bytes.
  Task<std::expected<std::string, BodyError>> read_all(std::size_t limit);

  // Sends a whole answer. To HEAD the body is left out, its length announced. A small one may leave
  // a moment later, with others': that it cannot is then told nobody.
  virtual Task<void> respond(Response response) = 0;
  // Sends the head of an answer of `content_length` bytes; for HEAD, 204 and 304 nothing follows.
  virtual Task<void> start(unsigned status, const Headers& headers,
                           std::uint64_t content_length) = 0;
  virtual Task<void> write(std::span<const char> bytes) = 0;
  // Sends `count` bytes of an open file from `offset`, by sendfile(2) where the connection is
  // plain.
  virtual Task<void> send_file(int fd, std::uint64_t offset, std::uint64_t count) = 0;
  // Cuts the connection when this exchange ends: the only honest end of a body that fails midway.
  virtual void abort() = 0;
};

}  // namespace signpost::net
