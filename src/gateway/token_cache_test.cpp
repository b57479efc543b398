#include "gateway/token_cache.hpp"

#include <gtest/gtest.h>

#include "gateway/gateway_fixture.hpp"
#include "gateway/issuer_keys.hpp"

namespace signpost::gateway {
namespace {

domain::Caller caller(std::string_view subject, UnixSeconds end = now + std::chrono::hours{1}) {
  return {.principal = *domain::Principal::user("app", subject), .groups = {}, .ends_at = end};
}

TEST(TokenCache, FindsWhatTheSameKeysVerifiedUntilItEnds) {
  TokenIssuer one = issuer();
  TokenIssuer two = issuer();
  IssuerKeys keys(one);
  IssuerKeys others(two);
  TokenCache cache(10);
  TokenCache::Name token = cache.name_of("token");
  EXPECT_EQ(cache.find(token, keys, 1, now), nullptr);
  auto end = now + std::chrono::seconds{5};
  cache.keep(token, keys, 1, caller("ann", end));
  ASSERT_NE(cache.find(token, keys, 1, now), nullptr);
  EXPECT_EQ(cache.find(token, keys, 1, now)->principal.subject(), "ann");
  EXPECT_EQ(cache.find(cache.name_of("tokem"), keys, 1, now), nullptr);
  EXPECT_EQ(cache.find(token, others, 1, now), nullptr);
  EXPECT_EQ(cache.find(token, keys, 2, now), nullptr) << "the keys have changed";
  EXPECT_NE(cache.find(token, keys, 1, end - std::chrono::seconds{1}), nullptr);
  EXPECT_EQ(cache.find(token, keys, 1, end), nullptr) << "to the second";
  cache.keep(token, keys, 2, caller("ann", end));
  EXPECT_NE(cache.find(token, keys, 2, now), nullptr);
  EXPECT_EQ(cache.size(), 1u);
}

TEST(TokenCache, NamesATokenByAKeyOfItsOwn) {
  TokenCache one(10);
  TokenCache two(10);
  EXPECT_EQ(one.name_of("token"), one.name_of("token"));
  EXPECT_NE(one.name_of("token"), one.name_of("tokem"));
  EXPECT_NE(one.name_of("token"), two.name_of("token"))
      << "what stands in one is no help in another";
}

TEST(TokenCache, IsBounded) {
  TokenIssuer one = issuer();
  IssuerKeys keys(one);
  TokenCache cache(100);
  for (int i = 0; i < 1000; ++i)
    cache.keep(cache.name_of(std::to_string(i)), keys, 0, caller(std::to_string(i)));
  EXPECT_EQ(cache.size(), 100u);
  EXPECT_EQ(cache.find(cache.name_of("899"), keys, 0, now), nullptr);
  for (int i = 900; i < 1000; ++i) {
    const auto* found = cache.find(cache.name_of(std::to_string(i)), keys, 0, now);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->principal.subject(), std::to_string(i));
  }
}

}  // namespace
}  // namespace signpost::gateway
