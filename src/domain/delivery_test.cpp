#include "domain/delivery.hpp"

#include <gtest/gtest.h>

namespace signpost::domain {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

UnixSeconds at(long long t) {
  return UnixSeconds(seconds(t));
}

TEST(ChooseDelivery, TheRequestMayAskWhereAllowed) {
  DeliveryPolicy policy;
  EXPECT_EQ(choose_delivery(policy, {}), Delivery::redirect);
  EXPECT_EQ(choose_delivery(policy, "proxy"), Delivery::proxy);
  EXPECT_EQ(choose_delivery(policy, "tunnel").error(), DeliveryError::unknown_delivery);
  EXPECT_EQ(choose_delivery(policy, "").error(), DeliveryError::unknown_delivery);
  policy.allow_override = false;
  EXPECT_EQ(choose_delivery(policy, "redirect"), Delivery::redirect);
  EXPECT_EQ(choose_delivery(policy, "proxy").error(), DeliveryError::override_not_allowed);
}

TEST(UrlLife, IsTheSameWithinAWindow) {
  DeliveryPolicy policy;  // 180 s, window 60 s
  auto first = url_life(policy, {}, at(6000));
  auto last = url_life(policy, {}, at(6059));
  auto next = url_life(policy, {}, at(6060));
  ASSERT_TRUE(first && last && next);
  EXPECT_EQ(first->date, at(6000));
  EXPECT_EQ(first->expires, 240s);
  EXPECT_EQ(first->expires_at, at(6240));
  EXPECT_EQ(last->date, first->date);
  EXPECT_EQ(last->expires, first->expires);
  EXPECT_EQ(next->date, at(6060));
  // Never less than what was asked for.
  EXPECT_GE(last->expires_at - at(6059), 180s);
}

TEST(UrlLife, TheWindowIsAtMostHalfOfTheLife) {
  auto life = url_life({}, {.expires_in = 11s}, at(6004));
  ASSERT_TRUE(life);
  EXPECT_EQ(life->date, at(6000));
  EXPECT_EQ(life->expires, 16s);
}

TEST(UrlLife, ShortOrCountedOnesHaveNoWindow) {
  for (UrlLifeRequest request :
       {UrlLifeRequest{.expires_in = 9s}, UrlLifeRequest{.expires_in = 9s, .stable = false}}) {
    auto life = url_life({}, request, at(6007));
    ASSERT_TRUE(life);
    EXPECT_EQ(life->date, at(6007));
    EXPECT_EQ(life->expires, 9s);
  }
  auto limited = url_life({}, {.expires_in = 100s, .stable = false}, at(6007));
  EXPECT_EQ(limited->expires_at, at(6107));
  DeliveryPolicy off;
  off.stable_window = 0s;
  EXPECT_EQ(url_life(off, {}, at(6007))->expires_at, at(6187));
}

TEST(UrlLife, WhatEndsSoonerWins) {
  auto session = url_life({}, {.ends_at = at(6030)}, at(6029));
  ASSERT_TRUE(session);
  EXPECT_EQ(session->expires_at, at(6030));
  EXPECT_EQ(session->date + session->expires, session->expires_at);
  EXPECT_EQ(session->max_age, 0s);
  EXPECT_EQ(url_life({}, {.ends_at = at(6030)}, at(6030)).error(), UrlLifeError::already_ended);

  DeliveryPolicy policy;
  policy.max_expires_in = 300s;
  auto capped = url_life(policy, {.expires_in = 1000s}, at(6059));
  ASSERT_TRUE(capped);
  EXPECT_LE(capped->expires_at, at(6059) + 300s);
  EXPECT_EQ(capped->expires, 300s);

  policy.max_expires_in = 24h * 30;
  EXPECT_EQ(url_life(policy, {.expires_in = 24h * 20}, at(6000))->expires, 604800s);
}

TEST(UrlLife, NoneBelowASecond) {
  EXPECT_EQ(url_life({}, {.expires_in = 0s}, at(1)).error(), UrlLifeError::not_positive);
  EXPECT_EQ(url_life({}, {.expires_in = -5s}, at(1)).error(), UrlLifeError::not_positive);
}

TEST(UrlLife, ARedirectIsForgottenBeforeItsUrlEnds) {
  for (int expires_in = 1; expires_in < 4000; ++expires_in)
    for (int now : {6000, 6029, 6059}) {
      auto life = url_life({}, {.expires_in = seconds(expires_in)}, at(now));
      ASSERT_TRUE(life);
      ASSERT_LT(at(now) + life->max_age, life->expires_at);
      ASSERT_GE(life->max_age, 0s);
      ASSERT_GE(life->expires_at - at(now), seconds(expires_in));
      ASSERT_LE(life->date, at(now));
    }
}

}  // namespace
}  // namespace signpost::domain
