// Others on the same worker have their turn while a file is sent to somebody who never lets wait.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/limits.hpp"
#include "net/yield.hpp"
#include "s3server/server_fixture.hpp"

namespace signpost::s3server {
namespace {

// A client that takes everything at once.
class FastExchange : public net::Exchange {
 public:
  FastExchange(std::string target, std::string host, const int& turns)
      : target_(std::move(target)), host_(std::move(host)), turns_(turns) {
    head_.method = "GET";
    head_.target = target_;
    head_.path = head_.target.substr(0, target_.find('?'));
    head_.query = head_.target.substr(target_.find('?') + 1);
    head_.has_query = true;
    head_.host = host_;
    head_.fields = {{"Host", host_}};
  }

  const net::RequestHead& head() const override { return head_; }
  net::asio::ip::address peer() const override { return {}; }
  bool is_tls() const override { return false; }
  bool started() const override { return status != 0; }
  std::uint64_t body_bytes_sent() const override { return sent; }
  net::Task<std::expected<std::span<const char>, net::BodyError>> read_some() override {
    co_return std::span<const char>();
  }
  net::Task<void> respond(net::Response response) override {
    status = response.status;
    co_return;
  }
  net::Task<void> start(unsigned given, const net::Headers&, std::uint64_t) override {
    status = given;
    co_return;
  }
  net::Task<void> write(std::span<const char> bytes) override {
    sent += bytes.size();
    co_return;
  }
  net::Task<void> send_file(int, std::uint64_t, std::uint64_t count) override {
    sent += count;
    turns_at.push_back(turns_);
    co_return;
  }
  void abort() override {}

  unsigned status = 0;
  std::uint64_t sent = 0;
  std::vector<int> turns_at;  // how many the others had had when each piece went

 private:
  std::string target_, host_;
  const int& turns_;
  net::RequestHead head_;
};

class Turns : public ServerFixture {};

TEST_F(Turns, ComeBetweenThePiecesOfAFile) {
  constexpr std::size_t pieces = 8;
  make_bucket();
  ASSERT_EQ(put("big", std::string(pieces * limits::send_file_step_bytes, 'x')).status, 200u);
  int turns = 0;
  FastExchange exchange(presign("GET", "bucket", "big"), address_, turns);
  net::asio::io_context worker;
  bool done = false;
  auto other = [&]() -> net::Task<void> {
    while (!done) {
      co_await net::yield();
      ++turns;
    }
  };
  auto handler = s3_->handler({worker, 0});
  auto download = [&]() -> net::Task<void> {
    co_await handler(exchange);
    done = true;
  };
  net::asio::co_spawn(worker, other, net::asio::detached);
  net::asio::co_spawn(worker, download, net::asio::detached);
  worker.run();
  EXPECT_EQ(exchange.status, 200u);
  EXPECT_EQ(exchange.sent, pieces * limits::send_file_step_bytes);
  ASSERT_EQ(exchange.turns_at.size(), pieces);
  for (std::size_t i = 1; i < pieces; ++i)
    EXPECT_GT(exchange.turns_at[i], exchange.turns_at[i - 1]) << i;
}

}  // namespace
}  // namespace signpost::s3server
