#include "http/idempotency_key.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace signpost::http {
namespace {

TEST(IdempotencyKey, IsAStringOrBare) {
  EXPECT_EQ(parse_idempotency_key(R"("8e03978e-40d5-43dd-bc93-6894a57f9324")"),
            "8e03978e-40d5-43dd-bc93-6894a57f9324");
  EXPECT_EQ(parse_idempotency_key("8e03978e-40d5"), "8e03978e-40d5");
  EXPECT_EQ(parse_idempotency_key(R"(  "a b"	)"), "a b");
  EXPECT_EQ(parse_idempotency_key(R"("a\"b\\c")"), R"(a"b\c)");
  EXPECT_EQ(parse_idempotency_key("a,b;c=d"), "a,b;c=d");
}

TEST(IdempotencyKey, NothingElseIsOne) {
  for (const char* text :
       {"", " ", R"("")", R"("a)", R"(a")", R"("a"b)", R"("a";x=1)", R"("a\n")", R"("a\)", "a b",
        "a\tb", "\"a\tb\"", "gr\xC3\xBC\xC3\x9F", "\"gr\xC3\xBC\xC3\x9F\"", "a\\b", "\"", "a\x7F"})
    EXPECT_EQ(parse_idempotency_key(text), std::nullopt) << text;
}

TEST(IdempotencyKey, HasALongestForm) {
  std::string most(limits::idempotency_key_bytes, 'k');
  EXPECT_EQ(parse_idempotency_key(most), most);
  EXPECT_EQ(parse_idempotency_key('"' + most + '"'), most);
  EXPECT_EQ(parse_idempotency_key(most + "k"), std::nullopt);
}

}  // namespace
}  // namespace signpost::http
