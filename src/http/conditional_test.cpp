#include "http/conditional.hpp"

#include <gtest/gtest.h>

namespace signpost::http {
namespace {

using enum PreconditionVerdict;
constexpr auto get = MethodKind::get_or_head;
constexpr auto put = MethodKind::other;

const UnixSeconds now = *from_civil(2026, 11, 24, 0, 0, 0);
const Validators current{true, {"v1", false}, *from_civil(2026, 1, 1, 0, 0, 0)};
const Validators absent{false, {}, {}};
constexpr auto before = "Wed, 31 Dec 2025 00:00:00 GMT";
constexpr auto same = "Thu, 01 Jan 2026 00:00:00 GMT";
constexpr auto after = "Fri, 02 Jan 2026 00:00:00 GMT";
constexpr auto future = "Fri, 01 Jan 2027 00:00:00 GMT";

TEST(Conditional, IfMatchComparesStrongly) {
  EXPECT_EQ(evaluate_preconditions(get, {.if_match = "\"v1\""}, current, now), proceed);
  EXPECT_EQ(evaluate_preconditions(put, {.if_match = "\"v0\", \"v1\""}, current, now), proceed);
  EXPECT_EQ(evaluate_preconditions(get, {.if_match = "W/\"v1\""}, current, now),
            precondition_failed);
  EXPECT_EQ(evaluate_preconditions(put, {.if_match = "*"}, current, now), proceed);
  EXPECT_EQ(evaluate_preconditions(put, {.if_match = "*"}, absent, now), precondition_failed);
  EXPECT_EQ(evaluate_preconditions(put, {.if_match = "\"broken"}, current, now),
            precondition_failed);
}

TEST(Conditional, IfNoneMatchComparesWeakly) {
  EXPECT_EQ(evaluate_preconditions(get, {.if_none_match = "W/\"v1\""}, current, now), not_modified);
  EXPECT_EQ(evaluate_preconditions(put, {.if_none_match = "\"v1\""}, current, now),
            precondition_failed);
  EXPECT_EQ(evaluate_preconditions(put, {.if_none_match = "*"}, current, now), precondition_failed);
  EXPECT_EQ(evaluate_preconditions(put, {.if_none_match = "*"}, absent, now), proceed);
  EXPECT_EQ(evaluate_preconditions(get, {.if_none_match = "\"v0\""}, current, now), proceed);
}

TEST(Conditional, DatesCountWhereTheirTagIsAbsent) {
  EXPECT_EQ(evaluate_preconditions(get, {.if_modified_since = same}, current, now), not_modified);
  EXPECT_EQ(evaluate_preconditions(get, {.if_modified_since = before}, current, now), proceed);
  EXPECT_EQ(evaluate_preconditions(get, {.if_modified_since = future}, current, now), proceed);
  EXPECT_EQ(evaluate_preconditions(put, {.if_modified_since = after}, current, now), proceed);
  EXPECT_EQ(evaluate_preconditions(get, {.if_modified_since = "yesterday"}, current, now), proceed);
  EXPECT_EQ(evaluate_preconditions(get, {.if_unmodified_since = before}, current, now),
            precondition_failed);
  EXPECT_EQ(evaluate_preconditions(get, {.if_unmodified_since = same}, current, now), proceed);
}

TEST(Conditional, TagsTakePrecedenceOverDates) {
  EXPECT_EQ(evaluate_preconditions(get, {.if_none_match = "\"v0\"", .if_modified_since = after},
                                   current, now),
            proceed);
  EXPECT_EQ(evaluate_preconditions(get, {.if_match = "\"v1\"", .if_unmodified_since = before},
                                   current, now),
            proceed);
}

TEST(Conditional, IfMatchIsEvaluatedBeforeIfNoneMatch) {
  EXPECT_EQ(
      evaluate_preconditions(get, {.if_match = "\"v0\"", .if_none_match = "\"v1\""}, current, now),
      precondition_failed);
}

TEST(Conditional, IfRangeWantsTheSameVersion) {
  EXPECT_TRUE(range_applies({}, current, now));
  EXPECT_TRUE(range_applies({.if_range = "\"v1\""}, current, now));
  EXPECT_FALSE(range_applies({.if_range = "W/\"v1\""}, current, now));
  EXPECT_FALSE(range_applies({.if_range = "\"v0\""}, current, now));
  EXPECT_TRUE(range_applies({.if_range = same}, current, now));
  EXPECT_FALSE(range_applies({.if_range = after}, current, now));
  EXPECT_FALSE(range_applies({.if_range = "junk"}, current, now));
}

}  // namespace
}  // namespace signpost::http
