#include "domain/api_token.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"

namespace signpost::domain {
namespace {

TEST(ApiToken, HasAFormAndASumThatAnybodyCanCheck) {
  // Made by another program, with zlib.
  Secret least = make_api_token(std::string(32, '\0'));
  EXPECT_EQ(least.reveal(), "sgn_00000000000000000000000000000000000000000002CZclj");
  Secret greatest = make_api_token(std::string(32, '\xFF'));
  EXPECT_EQ(greatest.reveal(), "sgn_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13sRzl1");
  EXPECT_TRUE(is_api_token(least.reveal()));
}

TEST(ApiToken, EveryMistypedCharacterShows) {
  std::string token(make_api_token(random_bytes(api_token_random_bytes)).reveal());
  ASSERT_TRUE(is_api_token(token));
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string wrong = token;
    wrong[i] = wrong[i] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(is_api_token(wrong)) << i;
  }
  EXPECT_FALSE(is_api_token(token + "a"));
  EXPECT_FALSE(is_api_token(token.substr(0, token.size() - 1)));
  EXPECT_FALSE(is_api_token(""));
  EXPECT_FALSE(is_api_token("sgn_"));
}

TEST(ApiToken, DiffersEachTime) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i)
    seen.insert(std::string(make_api_token(random_bytes(api_token_random_bytes)).reveal()));
  EXPECT_EQ(seen.size(), 100u);
}

TEST(Scopes, AreASet) {
  Scopes read({Scope::read});
  EXPECT_TRUE(read.has(Scope::read));
  EXPECT_FALSE(read.has(Scope::write));
  EXPECT_TRUE(Scopes::all().contains(read));
  EXPECT_FALSE(read.contains(Scopes::all()));
  EXPECT_TRUE(read.contains(read));
  EXPECT_EQ(Scopes::all().names().size(), 4u);
  for (Scope scope : all_scopes) EXPECT_EQ(parse_scope(to_text(scope)), scope);
  EXPECT_FALSE(parse_scope("root"));
  EXPECT_FALSE(parse_scope(""));
  EXPECT_EQ(Scopes::of_bits(read.bits()), read);
  EXPECT_FALSE(Scopes::of_bits(16));
  EXPECT_FALSE(Scopes::of_bits(-1));
}

}  // namespace
}  // namespace signpost::domain
