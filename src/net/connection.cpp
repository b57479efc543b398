#include "net/connection.hpp"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstring>
#include <stdexcept>

#include "base/limits.hpp"
#include "http/http_date.hpp"
#include "log/log.hpp"

namespace signpost::net {
namespace {

constexpr std::size_t first_buffer_bytes = 4 * 1024;
constexpr std::size_t most_held_bytes = 4 * 1024;

bool has_no_content(unsigned status) {
  return status == 204 || status == 304 || status < 200;
}

}  // namespace

std::string_view DateCache::now() {
  // The kernel's clock of a few milliseconds' step is several times as cheap to read.
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
  const std::chrono::sys_seconds second{std::chrono::seconds{time.tv_sec}};
  if (second != second_) {
    second_ = second;
    text_ = http::to_http_date(second);
  }
  return text_;
}

void HeldAnswers::add(Connection& connection) {
  waiting_.push_back(&connection);
  if (waiting_.size() >= most) return send_all();
  if (posted_) return;
  posted_ = true;
  asio::post(context_, [this] {
    posted_ = false;
    send_all();
  });
}

void HeldAnswers::remove(Connection& connection) {
  std::erase(waiting_, &connection);
}

void HeldAnswers::send_all() {
  for (Connection* connection : waiting_) connection->send_held();
  waiting_.clear();
}

Connection::Connection(Socket socket, const ConnectionShare& share, const Handler& handler)
    : share_(share),
      handler_(handler),
      transport_(std::move(socket)),
      deadline_(share.context, [this] { on_deadline(); }),
      in_(first_buffer_bytes) {
  boost::system::error_code error;
  auto remote = transport_.socket().remote_endpoint(error);
  if (!error) peer_ = remote.address();
  transport_.socket().set_option(asio::ip::tcp::no_delay(true), error);
  if (share.tls == nullptr) transport_.watch(share.context);
}

// A read that is late ends as if the client had stopped sending, so that an answer can still say
// why; a write that is late has nobody to tell.
void Connection::on_deadline() {
  // While the handler is at work, it is not the client who is late.
  if (phase_ == Phase::handling) return deadline_.expires_after(limits::progress_window);
  if (phase_ == Phase::writing && reader_moves()) return;
  timed_out_ = true;
  if (phase_ == Phase::writing) {
    transport_.discard();
  } else {
    transport_.cut_reading();
  }
}

// That a write has not ended does not mean that nothing moves: the kernel takes more only when much
// of what it has is gone. So the reader is judged by what its own kernel took.
bool Connection::reader_moves() {
  std::uint64_t taken = transport_.acknowledged();
  if (!taken_) {
    deadline_.expires_after(limits::progress_window - limits::progress_settles);
  } else if (taken - *taken_ >= limits::progress_bytes) {
    deadline_.expires_after(limits::progress_window);
  } else {
    return false;
  }
  taken_ = taken;
  return true;
}

void Connection::expect_reader() {
  taken_.reset();
  deadline_.expires_after(limits::progress_settles);
}

std::optional<std::chrono::steady_clock::time_point> Connection::idle_since() {
  // What has arrived and was not looked at yet is a request, too.
  if (phase_ != Phase::idle || has_unsent() || transport_.has_arrived()) return std::nullopt;
  return deadline_.at() - limits::idle_deadline;
}

void Connection::stop_if_idle() {
  if (held_) share_.held.send_all();
  if (idle_since()) transport_.cut();
}

Task<void> Connection::run() {
  if (share_.tls != nullptr) {
    deadline_.expires_after(limits::header_deadline);
    if (co_await transport_.accept_tls(*share_.tls)) co_return;
  }
  while (co_await read_head()) {
    try {
      co_await handle();
    } catch (const ClientGone&) {
      break;
    }
    if (!co_await finish_exchange()) break;
  }
  if (has_unsent()) co_await finish_sending();
}

// Where more may be read to, behind what is there. Empty where `limit` has been reached.
std::span<char> Connection::room_for_head(std::size_t limit) {
  if (end_ == in_.size()) in_.resize(std::min(limit, std::max(in_.size() * 2, first_buffer_bytes)));
  return {in_.data() + end_, in_.size() - end_};
}

void Connection::begin_exchange() {
  // What the last request left unread is the start of this one.
  if (!body_.empty()) {
    in_.assign(body_.begin() + static_cast<std::ptrdiff_t>(body_begin_),
               body_.begin() + static_cast<std::ptrdiff_t>(body_end_));
    begin_ = 0;
    end_ = in_.size();
    std::vector<char>().swap(body_);  // idle connections keep no transfer buffer
  } else if (begin_ > 0) {
    std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  parser_.reset();
  started_ = aborted_ = closing_ = continue_sent_ = body_failed_ = timed_out_ = false;
  head_pending_ = false;
  left_to_write_ = 0;
  progress_ = 0;
}

void Connection::wait_for_head() {
  phase_ = end_ == 0 ? Phase::idle : Phase::reading;
  deadline_.expires_after(phase_ == Phase::idle ? limits::idle_deadline : limits::header_deadline);
}

Task<bool> Connection::read_head() {
  begin_exchange();
  wait_for_head();
  for (;;) {
    // Before the next request is looked at, the last one's answer is on its way.
    if (has_unsent() && (end_ > 0 || !held_)) {
      if (!co_await finish_sending()) co_return false;
      wait_for_head();
    }
    if (end_ > 0) {
      auto result = parser_.parse_head({in_.data(), end_});
      if (auto* parsed = std::get_if<RequestParser::Parsed>(&result)) {
        begin_ = parsed->consumed;
        co_return true;
      }
      if (auto* refused = std::get_if<RequestParser::Refused>(&result)) {
        co_await refuse(refused->status, refused->detail);
        co_return false;
      }
    }
    if (share_.draining && phase_ == Phase::idle) co_return false;
    // One byte over the limit, so that the parser sees that it was passed.
    std::span<char> room = room_for_head(limits::header_bytes + 1);
    std::size_t n = 0;
    if (!room.empty()) n = co_await transport_.read_some(room, read_error_);
    if (n == 0 && !unsent_.empty()) continue;  // send_held() has ended the wait
    if (n == 0) {
      if (timed_out_ && end_ > 0) co_await refuse(408, "the request's head took too long");
      co_return false;
    }
    end_ += n;
    if (phase_ == Phase::idle) {
      // From the first byte on, the deadline is absolute: more bytes do not move it (L1).
      phase_ = Phase::reading;
      deadline_.expires_after(limits::header_deadline);
    }
  }
}

Task<void> Connection::handle() {
  phase_ = Phase::handling;
  deadline_.clear();
  std::exception_ptr thrown;
  try {
    co_await handler_(*this);
  } catch (const ClientGone&) {
    throw;
  } catch (...) {
    thrown = std::current_exception();  // a handler of an exception may not co_await
  }
  if (!thrown && !started_)
    thrown = std::make_exception_ptr(std::logic_error("the handler gave no answer"));
  if (thrown) co_await answer_failure(thrown);
}

Task<void> Connection::answer_failure(std::exception_ptr thrown) {
  closing_ = true;
  Response response;
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const std::exception& error) {
    log::error("a request failed: {} {}: {}", head().method, head().path, error.what());
    if (!started_) response = share_.fallback.failed(error);
  }
  if (started_) {
    aborted_ = true;
    co_return;
  }
  co_await respond(std::move(response));
}

Task<void> Connection::refuse(unsigned status, std::string_view detail) {
  closing_ = true;
  body_failed_ = true;  // never read on from a request that was not understood
  try {
    Response response = share_.fallback.refuse(status, detail);
    co_await respond(std::move(response));
  } catch (const ClientGone&) {
    co_return;
  }
  co_await linger();
}

void Connection::count_progress(std::size_t bytes) {
  progress_ += bytes;
  if (progress_ >= limits::progress_bytes) {
    progress_ = 0;
    deadline_.expires_after(limits::progress_window);
  }
}

// The head's views point into in_, so the body has a buffer of its own, for as long as it is read.
void Connection::begin_body() {
  body_.resize(limits::transfer_buffer_bytes);
  body_begin_ = 0;
  body_end_ = end_ - begin_;
  if (body_.size() < body_end_) body_.resize(body_end_);
  std::memcpy(body_.data(), in_.data() + begin_, body_end_);
  end_ = begin_;
}

// More of the body behind what a step could not use yet (a chunk's line that is not complete).
Task<bool> Connection::fill_body() {
  if (body_begin_ > 0) {
    std::memmove(body_.data(), body_.data() + body_begin_, body_end_ - body_begin_);
    body_end_ -= body_begin_;
    body_begin_ = 0;
  }
  std::span<char> room{body_.data() + body_end_, body_.size() - body_end_};
  std::size_t n = co_await transport_.read_some(room, read_error_);
  body_end_ += n;
  count_progress(n);
  co_return n > 0;
}

Task<std::expected<std::span<const char>, BodyError>> Connection::read_some() {
  using Kind = RequestParser::BodyStep::Kind;
  if (body_failed_) co_return std::unexpected(BodyError::malformed);
  if (head().expects_continue && !continue_sent_ && !started_) {
    continue_sent_ = true;
    if (co_await transport_.write("HTTP/1.1 100 Continue\r\n\r\n")) throw ClientGone{};
  }
  if (parser_.body_done()) co_return std::span<const char>{};
  if (body_.empty()) begin_body();
  phase_ = Phase::reading;
  if (progress_ == 0) deadline_.expires_after(limits::progress_window);
  for (;;) {
    auto step = parser_.parse_body({body_.data() + body_begin_, body_end_ - body_begin_});
    body_begin_ += step.consumed;
    switch (step.kind) {
      case Kind::piece:
      case Kind::done:
        phase_ = Phase::handling;
        co_return std::span<const char>(step.piece.data(), step.piece.size());
      case Kind::malformed:
        body_failed_ = closing_ = true;
        co_return std::unexpected(BodyError::malformed);
      case Kind::need_more:
        if (co_await fill_body()) continue;
        body_failed_ = closing_ = true;
        co_return std::unexpected(timed_out_ ? BodyError::timed_out : BodyError::disconnected);
    }
  }
}

bool Connection::keeps_open() const {
  return head().keep_alive && !closing_ && !share_.draining && !body_failed_;
}

// An unread body is read away after the answer if it is short and on its way; else the connection
// closes, and the answer says so.
bool Connection::body_can_be_drained() const {
  // A client that asked and got its answer instead of "100 Continue" may or may not send the body;
  // and botocore takes a final answer for good only on a connection that closes.
  if (head().expects_continue && !continue_sent_) return false;
  if (parser_.body_done()) return true;
  return head().content_length.value_or(limits::drain_bytes + 1) <= limits::drain_bytes;
}

void Connection::write_head(unsigned status, const Headers& headers,
                            std::optional<std::uint64_t> length) {
  if (!body_can_be_drained()) closing_ = true;
  const std::string_view fields = headers.wire();
  out_.clear();
  const fmt::format_int code(status);
  out_.append("HTTP/1.1 ").append(code.data(), code.size()).append(" ");
  out_.append(reason_phrase(status)).append("\r\n").append(fields);
  out_.append("Date: ").append(share_.date.now()).append("\r\n");
  if (length && !has_no_content(status)) {
    const fmt::format_int bytes(*length);
    out_.append("Content-Length: ").append(bytes.data(), bytes.size()).append("\r\n");
  }
  if (!keeps_open()) {
    out_.append("Connection: close\r\n");
  } else if (!parser_.is_http11()) {
    out_.append("Connection: keep-alive\r\n");
  }
  out_.append("\r\n");
}

void Connection::check_sent(boost::system::error_code error) {
  if (!error) return;
  closing_ = true;
  throw ClientGone{};
}

void Connection::begin_writing() {
  share_.held.send_all();
  phase_ = Phase::writing;
  expect_reader();
  started_ = true;
}

// Nothing may come of this exchange but its answer: no close, no rest of a body to be read.
bool Connection::may_hold(std::string_view body) const {
  return out_.size() + body.size() <= most_held_bytes && keeps_open() && parser_.body_done() &&
         !transport_.is_tls();
}

// Errors are the reader's to find: the answer's maker has long gone on.
void Connection::send_held() {
  held_ = false;
  std::string_view nothing;
  unsent_ = out_;
  if (transport_.write_at_once(unsent_, nothing)) {
    unsent_ = {};
    transport_.cut();
  } else if (!unsent_.empty()) {
    transport_.stop_waiting();
  }
}

// False where the client is gone.
Task<bool> Connection::finish_sending() {
  if (held_) {
    share_.held.remove(*this);
    send_held();
  }
  if (unsent_.empty()) co_return true;
  phase_ = Phase::writing;
  expect_reader();
  transport_.keep_waiting();
  auto error = co_await transport_.write(unsent_);
  unsent_ = {};
  co_return !error;
}

Task<void> Connection::respond(Response response) {
  write_head(response.status, response.headers, response.body.size());
  bool bodyless = head().method == "HEAD" || has_no_content(response.status);
  std::string_view first = out_;
  std::string_view second = bodyless ? std::string_view{} : response.body;
  if (may_hold(second)) {
    out_.append(second);
    started_ = held_ = true;
    share_.held.add(*this);
    co_return;
  }
  begin_writing();
  boost::system::error_code error = transport_.write_at_once(first, second);
  if (!error && !(first.empty() && second.empty()))
    error = co_await transport_.write(first, second);
  check_sent(error);
  phase_ = Phase::handling;
}

Task<void> Connection::start(unsigned status, const Headers& headers, std::uint64_t length) {
  write_head(status, headers, length);
  begin_writing();
  bool bodyless = head().method == "HEAD" || has_no_content(status);
  announced_ = bodyless ? 0 : length;
  left_to_write_ = announced_;
  // With a body to come, the head waits for its first bytes: one call to the kernel for both.
  head_pending_ = left_to_write_ > 0;
  if (!head_pending_) check_sent(co_await transport_.write(out_));
  phase_ = Phase::handling;
}

Task<void> Connection::write(std::span<const char> bytes) {
  if (bytes.size() > left_to_write_) throw std::logic_error("more was written than announced");
  begin_writing();
  std::string_view head = head_pending_ ? std::string_view(out_) : std::string_view{};
  head_pending_ = false;
  check_sent(co_await transport_.write(head, {bytes.data(), bytes.size()}));
  left_to_write_ -= bytes.size();
  phase_ = Phase::handling;
}

Task<void> Connection::send_file(int fd, std::uint64_t offset, std::uint64_t count) {
  if (count > left_to_write_) throw std::logic_error("more was written than announced");
  begin_writing();
  if (head_pending_) {
    head_pending_ = false;
    check_sent(co_await transport_.write_ahead(out_));
  }
  std::function<void(std::size_t)> sent = [this](std::size_t bytes) { left_to_write_ -= bytes; };
  check_sent(co_await transport_.send_file(fd, offset, count, sent));
  phase_ = Phase::handling;
}

// Whether another request may follow on this connection.
Task<bool> Connection::finish_exchange() {
  if (has_unsent() && (aborted_ || !keeps_open()) && !co_await finish_sending()) co_return false;
  if (aborted_ || left_to_write_ > 0) {
    transport_.cut();
    co_return false;
  }
  progress_ = 0;
  if (body_can_be_drained() && !parser_.body_done() && !body_failed_ && !co_await drain_body())
    closing_ = true;
  if (!keeps_open()) {
    co_await linger();
    co_return false;
  }
  co_return true;
}

Task<bool> Connection::drain_body() {
  deadline_.expires_after(limits::header_deadline);
  for (;;) {
    auto piece = co_await read_some();
    if (!piece) co_return false;
    if (piece->empty()) co_return true;
  }
}

// Closing a socket that has unread bytes makes the kernel send a reset, which can destroy the
// answer on its way. So: say that nothing follows, and read on for a moment.
Task<void> Connection::linger() {
  transport_.finish_writing();
  phase_ = Phase::reading;
  deadline_.expires_after(limits::linger_deadline);
  std::vector<char> sink(limits::linger_read_bytes);
  std::size_t seen = 0;
  while (seen < limits::drain_bytes) {
    std::size_t n = co_await transport_.read_some(sink, read_error_);
    if (n == 0) break;
    seen += n;
  }
}

}  // namespace signpost::net
