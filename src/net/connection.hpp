#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/deadline.hpp"
#include "net/exchange.hpp"
#include "net/request_parser.hpp"
#include "net/server.hpp"
#include "net/transport.hpp"

namespace signpost::net {

// The value of Date (RFC 9110 section 6.6.1), written anew once a second.
class DateCache {
 public:
  std::string_view now();

 private:
  std::chrono::sys_seconds second_{};
  std::string text_;
};

class Connection;

// Small answers of one worker that leave together, when whatever was ready has had its turn. So
// they find the kernel's code where the one before has left it, and the first alone wakes a client
// that sleeps (docs/adr/0013). In the order in which they were made, and a few at the most: no
// answer waits for long.
class HeldAnswers {
 public:
  explicit HeldAnswers(asio::io_context& context) : context_(context) {}
  void add(Connection& connection);
  void remove(Connection& connection);
  void send_all();

 private:
  static constexpr std::size_t most = 8;

  asio::io_context& context_;
  std::vector<Connection*> waiting_;
  bool posted_ = false;
};

// What the connections of one worker share.
struct ConnectionShare {
  asio::io_context& context;
  const Fallback& fallback;
  asio::ssl::context* tls;  // null: plain
  const bool& draining;     // the server stops: close when the exchange at hand is over
  DateCache& date;
  HeldAnswers& held;
};

// One client's connection: reads a request, lets the handler answer it, and again, until either
// side ends it. It is itself the Exchange that the handler sees.
class Connection final : public Exchange {
 public:
  Connection(Socket socket, const ConnectionShare& share, const Handler& handler);

  Task<void> run();
  // Since when it waits for its next request; nothing while one is under way or has arrived.
  std::optional<std::chrono::steady_clock::time_point> idle_since();
  // Ends a connection that waits for its next request; one at work goes on.
  void stop_if_idle();
  void cut() { transport_.cut(); }
  // Of HeldAnswers: hands the answer that it holds to the kernel.
  void send_held();

  const RequestHead& head() const override { return parser_.head(); }
  asio::ip::address peer() const override { return peer_; }
  bool is_tls() const override { return transport_.is_tls(); }
  bool started() const override { return started_; }
  std::uint64_t body_bytes_sent() const override { return announced_ - left_to_write_; }
  Task<std::expected<std::span<const char>, BodyError>> read_some() override;
  Task<void> respond(Response response) override;
  Task<void> start(unsigned status, const Headers& headers, std::uint64_t length) override;
  Task<void> write(std::span<const char> bytes) override;
  Task<void> send_file(int fd, std::uint64_t offset, std::uint64_t count) override;
  void abort() override { aborted_ = true; }

 private:
  enum class Phase { idle, reading, writing, handling };

  Task<bool> read_head();
  void wait_for_head();
  bool may_hold(std::string_view body) const;
  bool has_unsent() const { return held_ || !unsent_.empty(); }
  Task<bool> finish_sending();
  Task<void> handle();
  Task<void> answer_failure(std::exception_ptr thrown);
  Task<void> refuse(unsigned status, std::string_view detail);
  Task<bool> finish_exchange();
  Task<bool> drain_body();
  Task<void> linger();
  void write_head(unsigned status, const Headers& headers, std::optional<std::uint64_t> length);
  void check_sent(boost::system::error_code error);
  void on_deadline();
  bool reader_moves();
  void expect_reader();
  void count_progress(std::size_t bytes);
  bool keeps_open() const;
  bool body_can_be_drained() const;
  void begin_exchange();
  void begin_body();
  void begin_writing();
  std::span<char> room_for_head(std::size_t limit);
  Task<bool> fill_body();

  const ConnectionShare& share_;
  const Handler& handler_;
  Transport transport_;
  asio::ip::address peer_;
  Deadline deadline_;
  Phase phase_ = Phase::idle;
  bool timed_out_ = false;

  RequestParser parser_;
  std::vector<char> in_;   // the head stays at its front while its request is handled
  std::size_t begin_ = 0;  // in_[begin_, end_) is received and not consumed
  std::size_t end_ = 0;
  std::vector<char> body_;  // empty unless a body is being read
  std::size_t body_begin_ = 0;
  std::size_t body_end_ = 0;
  boost::system::error_code read_error_;

  std::string out_;
  bool held_ = false;        // out_ is an answer that waits in share_.held
  std::string_view unsent_;  // of out_: an answer's end that the kernel had no room for
  bool started_ = false;
  bool head_pending_ = false;  // written to out_, not yet sent
  bool aborted_ = false;
  bool closing_ = false;
  bool continue_sent_ = false;
  bool body_failed_ = false;
  std::uint64_t announced_ = 0;
  std::uint64_t left_to_write_ = 0;  // of that
  std::size_t progress_ = 0;
  std::optional<std::uint64_t> taken_;  // by the reader's kernel, when it was looked at last
};

}  // namespace signpost::net
