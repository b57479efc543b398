#include "gateway/json_body.hpp"

#include <gtest/gtest.h>

namespace signpost::gateway {
namespace {

JsonFields fields_of(std::string_view text) {
  auto object = parse_json_object(text);
  EXPECT_TRUE(object) << text;
  return JsonFields(object ? *std::move(object) : boost::json::object{});
}

TEST(JsonBody, TakesOneObject) {
  EXPECT_TRUE(parse_json_object("{}"));
  EXPECT_TRUE(parse_json_object(" {\"a\": {\"b\": [1, 2.5, null, true]}} "));
}

TEST(JsonBody, RefusesWhatIsNotOne) {
  for (const char* text : {"", " ", "[]", "1", "null", "{", "{}{}", "{} x", "{'a':1}", "{\"a\":1,}",
                           "{\"a\":NaN}", "{\"a\":01}", "/**/{}", "\xef\xbb\xbf{}"})
    EXPECT_FALSE(parse_json_object(text)) << text;
  EXPECT_FALSE(parse_json_object("{\"a\":\"\xff\"}"));
  EXPECT_FALSE(parse_json_object("{\"a\":\"\\ud800\"}"));
}

TEST(JsonBody, RefusesDuplicateNamesAtEveryLevel) {
  EXPECT_FALSE(parse_json_object(R"({"a":1,"a":1})"));
  EXPECT_FALSE(parse_json_object(R"({"a":1,"\u0061":2})"));
  EXPECT_FALSE(parse_json_object(R"({"x":[{"b":1,"b":2}]})"));
  EXPECT_TRUE(parse_json_object(R"({"a":{"b":1},"c":{"b":1},"b":1})"));
}

TEST(JsonBody, RefusesDeepNesting) {
  auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(parse_json_object(nested(20)));
  EXPECT_FALSE(parse_json_object(nested(32)));
  EXPECT_FALSE(parse_json_object(nested(100'000)));
}

TEST(JsonFields, ReadsFields) {
  auto in = fields_of(R"({"name":"a","size":3,"note":null,"metadata":{"k":"v"}})");
  EXPECT_EQ(in.required_text("name", 10), "a");
  EXPECT_EQ(in.required_number("size"), 3u);
  EXPECT_EQ(in.text("note", 10), std::nullopt);
  EXPECT_TRUE(in.is_null("note"));
  EXPECT_EQ(in.text_map("metadata")->at("k"), "v");
  EXPECT_TRUE(in.finish());
}

TEST(JsonFields, NamesTheFirstFault) {
  auto missing = fields_of("{}");
  missing.required_text("name", 10);
  missing.required_number("size");
  ASSERT_FALSE(missing.finish());
  EXPECT_EQ(missing.finish().error().detail, "name is missing.");
  EXPECT_EQ(missing.finish().error().status, 400u);
}

TEST(JsonFields, RefusesUnknownFields) {
  auto in = fields_of(R"({"name":"a","owner_id":"x"})");
  in.required_text("name", 10);
  ASSERT_FALSE(in.finish());
  EXPECT_EQ(in.finish().error().detail, "\"owner_id\" is not a field of this request.");
}

TEST(JsonFields, RefusesWrongValues) {
  for (const char* text : {R"({"s":1})", R"({"s":""})", R"({"s":"12345678901"})",
                           R"({"s":"a\u0000"})", R"({"s":"a\nb"})", R"({"s":["a"]})"}) {
    auto in = fields_of(text);
    in.text("s", 10);
    EXPECT_FALSE(in.finish()) << text;
  }
  for (const char* text : {R"({"n":-1})", R"({"n":1.5})", R"({"n":1e3})", R"({"n":"1"})",
                           R"({"n":true})", R"({"n":99999999999999999999})"}) {
    auto in = fields_of(text);
    in.required_number("n");
    EXPECT_FALSE(in.finish()) << text;
  }
  for (const char* text :
       {R"({"m":[]})", R"({"m":{"a":1}})", R"({"m":{"":"a"}})", R"({"m":{"a":"x\r\ny"}})"}) {
    auto in = fields_of(text);
    in.text_map("m");
    EXPECT_FALSE(in.finish()) << text;
  }
}

}  // namespace
}  // namespace signpost::gateway
