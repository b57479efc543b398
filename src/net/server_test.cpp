#include "net/server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "base/ascii.hpp"
#include "base/digest.hpp"
#include "net/blocking_pool.hpp"
#include "net/http_client.hpp"

namespace signpost::net {
namespace {

// Answers with what it saw; paths pick the behaviour to be tested.
Task<void> echo(Exchange& exchange) {
  std::string path(exchange.head().path);
  if (path == "/throw") throw std::runtime_error("on purpose");
  if (path == "/silent") co_return;
  if (path == "/abort") {
    Response whole;
    whole.body = "whole";
    co_await exchange.respond(std::move(whole));
    exchange.abort();
    co_return;
  }
  if (path == "/refuse-unread") {
    Response refused;
    refused.status = 403;
    refused.body = "no";
    co_await exchange.respond(std::move(refused));
    co_return;
  }
  if (path == "/short") {
    Headers none;
    co_await exchange.start(200, none, 100);
    std::string part = "only this";
    co_await exchange.write(part);
    co_return;
  }
  if (path == "/digest") {
    Md5 md5;  // slower than its bytes come
    for (;;) {
      auto part = co_await exchange.read_some();
      if (!part || part->empty()) co_return;
      md5.update({part->data(), part->size()});
    }
  }
  auto body = co_await exchange.read_all(1 << 20);
  Response response;
  response.headers.add("X-Method", std::string(exchange.head().method));
  if (body) {
    response.body = *body;
  } else {
    response.status = body.error() == BodyError::too_large ? 413 : 400;
  }
  co_await exchange.respond(std::move(response));
}

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    ServerOptions options;
    options.listeners = bind_listeners("127.0.0.1:0", 2);
    address_ = local_address(options.listeners.front());
    options.fallback.refuse = [](unsigned status, std::string_view detail) {
      Response response;
      response.status = status;
      response.body = std::string(detail);
      return response;
    };
    options.fallback.failed = [](const std::exception&) {
      Response response;
      response.status = 500;
      return response;
    };
    server_ = std::make_unique<Server>(std::move(options), [](Worker) { return Handler(echo); });
    thread_ = std::thread([this] { server_->run(); });
  }

  ~ServerTest() override {
    server_->stop();
    thread_.join();
  }

  int connect(int receive_bytes = 0) const {
    int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    if (receive_bytes > 0)
      ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port()));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    return fd;
  }

  unsigned port() const {
    return static_cast<unsigned>(*parse_u64(address_.substr(address_.rfind(':') + 1)));
  }

  // Everything that comes back after these bytes, until the server closes or half a second is
  // silent.
  std::string talk(const std::string& bytes, bool half_close = true) const {
    int fd = connect();
    timeval wait{0, 500'000};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    EXPECT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), (ssize_t)bytes.size());
    if (half_close) ::shutdown(fd, SHUT_WR);
    std::string answer;
    char buffer[4096];
    for (ssize_t n; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;) answer.append(buffer, n);
    ::close(fd);
    return answer;
  }

  // That many requests, a pause behind each; then everything that comes back, of which nothing was
  // read until half a second had passed, by a client whose kernel takes little.
  std::string talk_before_reading(int count, std::chrono::microseconds pause) const {
    int fd = connect(4096);
    std::thread sender([&] {
      for (int i = 0; i < count; ++i) {
        const std::string body = numbered_body(i);
        const std::string all =
            "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
            "\r\n\r\n" + body;
        EXPECT_EQ(::send(fd, all.data(), all.size(), MSG_NOSIGNAL), (ssize_t)all.size());
        std::this_thread::sleep_for(pause);
      }
      ::shutdown(fd, SHUT_WR);
    });
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    std::string answer;
    char buffer[65536];
    for (ssize_t n; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;) answer.append(buffer, n);
    sender.join();
    ::close(fd);
    return answer;
  }
  static std::string numbered_body(int i) { return std::to_string(10'000 + i) + wide; }
  inline static const std::string wide = std::string(3000, 'x');

  std::string address_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

std::size_t answers(const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find("HTTP/1.1 ", at)) != std::string::npos; ++at) ++count;
  return count;
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  std::string both;
  for (int i = 0; i < 200; ++i)
    both += "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n" + std::to_string(100 + i);
  std::string answer = talk(both);
  EXPECT_EQ(answers(answer), 200u);
  EXPECT_LT(answer.find("\r\n\r\n100"), answer.find("\r\n\r\n101"));
  EXPECT_NE(answer.find("\r\n\r\n299"), std::string::npos);
}

// Small answers wait for each other, and for room in the kernel: none is lost, and none overtakes.
TEST_F(ServerTest, SendsEveryAnswerOfAClientThatReadsNoneAtFirst) {
  for (const auto& [count, pause] : {std::pair(4000, std::chrono::microseconds{0}),
                                     std::pair(400, std::chrono::microseconds{1000})}) {
    const std::string answer = talk_before_reading(count, pause);
    std::size_t at = 0;
    for (int i = 0; i < count && at != answer.npos; ++i)
      at = answer.find("\r\n\r\n" + numbered_body(i), at);
    EXPECT_NE(at, answer.npos);
    EXPECT_EQ(answers(answer), static_cast<std::size_t>(count));
  }
}

TEST_F(ServerTest, SendsTheAnswersOfManyConnectionsAtOnce) {
  const std::string request = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
  std::vector<int> all;
  for (int i = 0; i < 100; ++i) all.push_back(connect());
  for (int round = 0; round < 20; ++round) {
    for (int fd : all)
      EXPECT_EQ(::send(fd, request.data(), request.size(), MSG_NOSIGNAL),
                static_cast<ssize_t>(request.size()));
    for (int fd : all) {
      timeval wait{5, 0};
      ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
      char buffer[4096];
      ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
      ASSERT_GT(n, 0);
      EXPECT_TRUE(std::string_view(buffer, n).starts_with("HTTP/1.1 200"));
    }
  }
  for (int fd : all) ::close(fd);
}

// Whose bytes are always there when they are asked for.
TEST_F(ServerTest, UploadersThatNeverPauseLeaveOthersTheirTurn) {
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> sent = 0;
  std::vector<std::thread> uploaders;
  for (int i = 0; i < 6; ++i)  // so that each worker has some
    uploaders.emplace_back([&] {
      const int fd = connect();
      const std::string head =
          "PUT /digest HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000000\r\n\r\n";
      const std::string bytes(1 << 20, 'x');
      (void)::send(fd, head.data(), head.size(), MSG_NOSIGNAL);
      while (!done) {
        const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) break;
        sent += static_cast<std::uint64_t>(n);
      }
      ::close(fd);
    });
  while (sent < 100 << 20) std::this_thread::yield();
  const std::uint64_t before = sent;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(answers(talk("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")), 1u);
  EXPECT_GT(sent, before) << "they were at it meanwhile";
  done = true;
  for (auto& uploader : uploaders) uploader.join();
}

TEST_F(ServerTest, AnAnswerLeavesBeforeItsConnectionIsCut) {
  EXPECT_TRUE(talk("GET /abort HTTP/1.1\r\nHost: h\r\n\r\n", false).ends_with("whole"));
}

TEST_F(ServerTest, ClosesAfterARefusalAndServesNoSecondRequest) {
  std::string next = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  for (std::string bad : {"GET / HTTP/1.1\r\n\r\n",
                          "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n"}) {
    std::string answer = talk(bad + next, false);
    EXPECT_EQ(answers(answer), 1u) << answer;
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400")) << answer;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  }
}

TEST_F(ServerTest, SendsContinueOnlyWhenTheBodyIsRead) {
  std::string head =
      "PUT /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  EXPECT_TRUE(talk(head + "ab").starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"));
  head.replace(5, 1, "refuse-unread");
  std::string answer = talk(head, false);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403")) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST_F(ServerTest, ReadsAwayAShortUnreadBody) {
  std::string answer = talk(
      "POST /refuse-unread HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nGET /"
      "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(answers(answer), 2u) << answer;
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
  std::string answer = talk("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
  EXPECT_EQ(answers(answer), 1u);
}

TEST_F(ServerTest, TurnsAnExceptionInto500AndStaysUp) {
  EXPECT_TRUE(talk("GET /throw HTTP/1.1\r\nHost: h\r\n\r\n").starts_with("HTTP/1.1 500"));
  EXPECT_TRUE(talk("GET /silent HTTP/1.1\r\nHost: h\r\n\r\n").starts_with("HTTP/1.1 500"));
  EXPECT_TRUE(talk("GET / HTTP/1.1\r\nHost: h\r\n\r\n").starts_with("HTTP/1.1 200"));
}

TEST_F(ServerTest, CutsAnAnswerThatEndsShort) {
  std::string answer = talk("GET /short HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(answer.find("Content-Length: 100"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("only this"));
}

TEST_F(ServerTest, ItsClientReusesAConnection) {
  asio::io_context context{1};
  HttpClient client(context);
  auto origin = Origin::parse("http://" + address_);
  ASSERT_TRUE(origin);
  auto talk_twice = [&]() -> Task<std::string> {
    std::string seen;
    for (std::string body : {"first", "second"}) {
      ClientRequest request;
      request.method = "POST";
      request.has_body = true;
      request.content_length = body.size();
      auto exchange = co_await client.send(*origin, std::move(request));
      if (!exchange) co_return "no connection";
      if (!co_await (*exchange)->write(body)) co_return "no write";
      auto head = co_await (*exchange)->read_head();
      if (!head) co_return "no head";
      auto answer = co_await (*exchange)->read_all(100);
      if (!answer) co_return "no body";
      seen += std::to_string(head->status) + *answer;
    }
    co_return seen;
  };
  auto result = asio::co_spawn(context, talk_twice, asio::use_future);
  context.run_for(std::chrono::seconds{5});
  ASSERT_EQ(result.wait_for(std::chrono::seconds{0}), std::future_status::ready);
  EXPECT_EQ(result.get(), "200first200second");
}

TEST_F(ServerTest, AListenAddressThatIsTakenIsAnError) {
  EXPECT_THROW(bind_listeners(address_, 1), std::system_error);
  EXPECT_THROW(bind_listeners("nonsense", 1), std::system_error);
  EXPECT_THROW(bind_listeners("127.0.0.1:70000", 1), std::system_error);
}

TEST(BlockingPoolTest, GivesBackResultsAndExceptionsOnTheWorker) {
  asio::io_context context{1};
  BlockingPool pool(2);
  auto here = std::this_thread::get_id();
  auto work = [&]() -> Task<int> {
    std::thread::id there;
    int value = co_await pool.run([&] {
      there = std::this_thread::get_id();
      return 41;
    });
    EXPECT_NE(there, here);
    EXPECT_EQ(std::this_thread::get_id(), here);
    try {
      co_await pool.run([] { throw std::runtime_error("out of the pool"); });
    } catch (const std::runtime_error&) {
      ++value;
    }
    co_return value;
  };
  auto result = asio::co_spawn(context, work, asio::use_future);
  context.run();
  EXPECT_EQ(result.get(), 42);
}

TEST(OriginTest, ParsesUrlsStrictly) {
  EXPECT_EQ(Origin::parse("http://127.0.0.1:9000")->authority(), "127.0.0.1:9000");
  EXPECT_EQ(Origin::parse("https://S3.Example.com/")->authority(), "s3.example.com");
  EXPECT_EQ(Origin::parse("http://[::1]:81")->authority(), "[::1]:81");
  EXPECT_EQ(Origin::parse("https://h:8443")->port, 8443);
  for (const char* bad : {"", "ftp://h", "http://", "http://h:0", "http://h:99999", "http://h/path",
                          "http://u@h", "http://h?x", "http://[::1", "http://h:"})
    EXPECT_FALSE(Origin::parse(bad)) << bad;
}

}  // namespace
}  // namespace signpost::net
