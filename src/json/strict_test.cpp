#include "json/strict.hpp"

#include <gtest/gtest.h>
#include <boost/json/object.hpp>

namespace signpost::json {
namespace {

StrictError error_of(std::string_view text, std::size_t depth = 32) {
  auto value = parse_strict(text, depth);
  EXPECT_FALSE(value) << text;
  return value ? StrictError{} : value.error();
}

TEST(StrictJson, TakesJson) {
  auto value = parse_strict(R"( {"a":{"b":1},"c":{"b":2},"d":["\u00e4\ud83d\ude00"]} )", 32);
  ASSERT_TRUE(value);
  EXPECT_EQ(value->at("c").at("b").as_int64(), 2);
  EXPECT_EQ(value->at("d").at(0).as_string(), "ä😀");
}

TEST(StrictJson, RefusesDuplicates) {
  for (std::string_view text : {R"({"a":1,"a":1})", R"({"a":1,"b":{"c":1,"c":2}})",
                                R"([{"a":1,"\u0061":2}])", R"({"a":{},"a":[]})"})
    EXPECT_EQ(error_of(text), StrictError::duplicate) << text;
}

// SECURITY case N7.
TEST(StrictJson, RefusesWhatIsNoJson) {
  for (std::string_view text : {"", " ", "{", "{}x", "{} {}", "{'a':1}", "[1,]", "NaN",
                                "[Infinity]", "1e400", "-1e400", "[01]", "// c\n{}", "\"\xff\"",
                                "\"\\ud800\"", "\"\\udc00x\"", "\"a\nb\"", "\xef\xbb\xbf{}"})
    EXPECT_EQ(error_of(text), StrictError::malformed) << text;
}

TEST(StrictJson, RefusesDepth) {
  EXPECT_TRUE(parse_strict("[[[[1]]]]", 4));
  EXPECT_EQ(error_of("[[[[[1]]]]]", 4), StrictError::too_deep);
  EXPECT_EQ(error_of(std::string(100'000, '['), 32), StrictError::too_deep);
  std::string objects;
  for (int i = 0; i < 1000; ++i) objects += R"({"a":)";
  EXPECT_EQ(error_of(objects), StrictError::too_deep);
}

}  // namespace
}  // namespace signpost::json
