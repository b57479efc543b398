#include "gateway/passwords.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <vector>

namespace signpost::gateway {
namespace {

TEST(Passwords, HashIsArgon2idAndSalted) {
  Secret a = hash_password(Secret("correct horse"));
  Secret b = hash_password(Secret("correct horse"));
  EXPECT_TRUE(a.reveal().starts_with("$argon2id$"));
  EXPECT_FALSE(a == b);
}

TEST(Passwords, CheckTellsRightFromWrongAndFromNobody) {
  net::asio::io_context context;
  PasswordChecker checker(1);
  Secret hash = hash_password(Secret("correct horse"));
  std::vector<bool> results;
  auto checks = [&]() -> net::Task<void> {
    results.push_back(*co_await checker.check(Secret("correct horse"), &hash));
    results.push_back(*co_await checker.check(Secret("wrong horse"), &hash));
    results.push_back(*co_await checker.check(Secret(""), &hash));
    results.push_back(*co_await checker.check(Secret("correct horse"), nullptr));
  };
  auto rethrow = [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  };
  net::asio::co_spawn(context, checks, rethrow);
  context.run();
  EXPECT_EQ(results, (std::vector<bool>{true, false, false, false}));
}

TEST(Passwords, TooManyAtOnceAreTurnedAway) {
  net::asio::io_context context;
  PasswordChecker checker(1);
  unsigned checked = 0;
  unsigned busy = 0;
  auto one = [&]() -> net::Task<void> {
    auto result = co_await checker.check(Secret("x"), nullptr);
    ++(result ? checked : busy);
  };
  auto rethrow = [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  };
  for (int i = 0; i < 70; ++i) net::asio::co_spawn(context, one, rethrow);
  context.run();
  EXPECT_EQ(checked, 64u);
  EXPECT_EQ(busy, 6u);
}

}  // namespace
}  // namespace signpost::gateway
