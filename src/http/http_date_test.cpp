#include "http/http_date.hpp"

#include <gtest/gtest.h>

namespace signpost::http {
namespace {

const UnixSeconds now = *from_civil(2026, 11, 24, 0, 0, 0);
const UnixSeconds example = *from_civil(1994, 11, 6, 8, 49, 37);

TEST(HttpDate, WritesImfFixdate) {
  EXPECT_EQ(to_http_date(example), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(HttpDate, ReadsTheThreeForms) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", now), example);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", now), example);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994", now), example);
  EXPECT_EQ(parse_http_date("Wed Nov 16 08:49:37 1994", now), example + std::chrono::days{10});
}

TEST(HttpDate, PutsTwoDigitYearsAtMostFiftyYearsAhead) {
  auto ahead = parse_http_date("Sunday, 06-Nov-76 08:49:37 GMT", now);
  auto past = parse_http_date("Sunday, 06-Nov-77 08:49:37 GMT", now);
  EXPECT_EQ(to_civil(*ahead).year, 2076);
  EXPECT_EQ(to_civil(*past).year, 1977);
}

TEST(HttpDate, RefusesTheRest) {
  for (const char* text : {"", "Sun, 06 Nov 1994 08:49:37", "Sun, 6 Nov 1994 08:49:37 GMT",
                           "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
                           "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ",
                           "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 UTC", "784111777"})
    EXPECT_FALSE(parse_http_date(text, now)) << text;
}

}  // namespace
}  // namespace signpost::http
