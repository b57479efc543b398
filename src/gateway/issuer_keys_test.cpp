#include "gateway/issuer_keys.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <thread>

#include "net/http_url.hpp"
#include "net/server.hpp"
#include "testing/jwt_signer.hpp"

namespace signpost::gateway {
namespace {

using namespace std::chrono_literals;

// The issuer's server: real, on its own thread.
class Idp {
 public:
  Idp()
      : listeners_(net::bind_listeners("127.0.0.1:0", 1)),
        url_("http://" + net::local_address(listeners_.front()) + "/keys"),
        server_({.listeners = listeners_, .fallback = fallback(), .tls = nullptr},
                [this](net::Worker) { return handler(); }),
        thread_([this] { server_.run(); }) {}
  ~Idp() {
    server_.stop();
    thread_.join();
  }

  void says(unsigned status, std::string body) {
    std::lock_guard lock(mutex_);
    status_ = status;
    body_ = std::move(body);
  }
  net::HttpUrl url() const { return *net::HttpUrl::parse(url_); }
  int asked() const { return asked_; }

 private:
  static net::Fallback fallback() {
    return {.refuse = [](unsigned status, std::string_view) { return answer(status, {}); },
            .failed = [](const std::exception&) { return answer(500, {}); }};
  }
  static net::Response answer(unsigned status, std::string body) {
    return {.status = status, .headers = {}, .body = std::move(body)};
  }
  net::Handler handler() {
    return [this](net::Exchange& exchange) -> net::Task<void> {
      ++asked_;
      std::unique_lock lock(mutex_);
      net::Response response = answer(status_, body_);
      lock.unlock();
      co_await exchange.respond(std::move(response));
    };
  }

  std::mutex mutex_;
  unsigned status_ = 503;
  std::string body_;
  std::atomic<int> asked_ = 0;
  std::vector<int> listeners_;
  std::string url_;
  net::Server server_;
  std::thread thread_;
};

std::string jwks(const testing::JwtSigner& key) {
  return R"({"keys":[{)" + key.jwk_members() + R"(,"kid":"k"}]})";
}

class IssuerKeysTest : public ::testing::Test {
 protected:
  ~IssuerKeysTest() override {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }
  void start(KeyTimes times) {
    jwt::Issuer trusted{.name = "idp",
                        .issuer = "https://idp.example/",
                        .audience = "files",
                        .algorithms = {jwt::Algorithm::ES256}};
    issuer_ = TokenIssuer{
        .keys = KeysAtUrl{trusted, idp_.url(), times}, .cookie = {}, .admin_groups = {}};
    keys_ = std::make_unique<IssuerKeys>(*issuer_);
    net::asio::co_spawn(context_, keys_->keep_fresh(context_), net::asio::detached);
    thread_ = std::thread([this] { context_.run(); });
  }
  // Calls renewed() on `count` workers of their own at once; how many were let wait.
  int renew(int count = 1) {
    std::atomic<int> waited = 0;
    std::vector<std::jthread> workers;
    for (int i = 0; i < count; ++i) {
      workers.emplace_back([&] {
        net::asio::io_context context;
        auto ask = [&]() -> net::Task<void> {
          if (co_await keys_->renewed()) ++waited;
        };
        net::asio::co_spawn(context, ask, net::asio::detached);
        context.run();
      });
    }
    workers.clear();
    return waited;
  }
  bool eventually(auto condition) {
    for (int i = 0; i < 400; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }

  static constexpr KeyTimes patient{.refresh = 1h, .retry = 1h, .cool_down = 1h, .good_for = 1h};
  testing::JwtSigner first_{testing::JwtSigner::Kind::p256};
  testing::JwtSigner second_{testing::JwtSigner::Kind::p256};
  Idp idp_;
  std::optional<TokenIssuer> issuer_;
  std::unique_ptr<IssuerKeys> keys_;
  net::asio::io_context context_;
  std::thread thread_;
};

TEST_F(IssuerKeysTest, AllWaitForOneFetchAndTheNextHasToWaitItsTurn) {
  idp_.says(200, jwks(first_));
  start(patient);
  EXPECT_EQ(keys_->trusted().name, "idp");
  ASSERT_TRUE(eventually([&] { return keys_->current() != nullptr; }));
  ASSERT_TRUE(eventually([&] {
    renew(6);
    return idp_.asked() == 2;
  }));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(renew(2), 0);
  EXPECT_EQ(idp_.asked(), 2);
}

TEST_F(IssuerKeysTest, AFailureCountsAsAnAttempt) {
  start(patient);
  EXPECT_GE(renew(), 0);
  ASSERT_TRUE(eventually([&] { return idp_.asked() >= 1; }));
  for (int i = 0; i < 20; ++i) renew(2);
  EXPECT_LE(idp_.asked(), 2);
  EXPECT_EQ(keys_->current(), nullptr);
}

TEST_F(IssuerKeysTest, AfterTheCoolDownThereIsAnotherAttempt) {
  KeyTimes times = patient;
  times.cool_down = 50ms;
  start(times);
  ASSERT_TRUE(eventually([&] { return renew() == 1 && idp_.asked() >= 3; }));
  idp_.says(200, jwks(first_));
  EXPECT_TRUE(eventually([&] { return renew() == 1 && keys_->current(); }));
}

TEST_F(IssuerKeysTest, TheGenerationChangesWithTheKeysAlone) {
  idp_.says(200, jwks(first_));
  KeyTimes times = patient;
  times.refresh = times.retry = 20ms;
  start(times);
  ASSERT_TRUE(eventually([&] { return idp_.asked() >= 4; }));
  auto before = keys_->current();
  ASSERT_TRUE(before);
  EXPECT_EQ(before->generation, 1u);
  for (const char* useless : {"", "{}", R"({"keys":[]})", "<html>"}) {
    idp_.says(200, useless);
    int asked = idp_.asked();
    ASSERT_TRUE(eventually([&] { return idp_.asked() >= asked + 3; }));
    EXPECT_EQ(keys_->current()->generation, 1u) << useless;
  }
  idp_.says(200, jwks(second_));
  EXPECT_TRUE(eventually([&] { return keys_->current()->generation == 2; }));
}

TEST_F(IssuerKeysTest, OldKeysEndWhereNoneCanBeFetched) {
  idp_.says(200, jwks(first_));
  KeyTimes times{.refresh = 20ms, .retry = 20ms, .cool_down = 1h, .good_for = 600ms};
  start(times);
  ASSERT_TRUE(eventually([&] { return keys_->current() != nullptr; }));
  std::this_thread::sleep_for(1s);
  EXPECT_TRUE(keys_->current()) << "each fetch that succeeds counts anew";
  idp_.says(500, jwks(first_));
  std::this_thread::sleep_for(200ms);
  EXPECT_TRUE(keys_->current()) << "too soon";
  EXPECT_TRUE(eventually([&] { return !keys_->current(); }));
  idp_.says(200, jwks(first_));
  EXPECT_TRUE(eventually([&] { return keys_->current() != nullptr; }));
}

}  // namespace
}  // namespace signpost::gateway
