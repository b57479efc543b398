#include "http/problem.hpp"

#include <gtest/gtest.h>

namespace signpost::http {
namespace {

TEST(Problem, IsWrittenAsJson) {
  Problem problem{404, "Not Found", "not_found", "There is no such file."};
  EXPECT_EQ(problem.to_json(), R"({"type":"about:blank","title":"Not Found","status":404,)"
                               R"("detail":"There is no such file.","code":"not_found"})");
}

TEST(JsonQuote, EscapesWhatJsonAndTerminalsRead) {
  EXPECT_EQ(json_quote("a\"b\\c\n\x01\x7f"), "\"a\\\"b\\\\c\\u000a\\u0001\\u007f\"");
  EXPECT_EQ(json_quote("\u20ac"), "\"\u20ac\"");
  EXPECT_EQ(json_quote("a\xff\xc3"), "\"a\\ufffd\\ufffd\"");
  EXPECT_EQ(json_quote(""), "\"\"");
}

}  // namespace
}  // namespace signpost::http
