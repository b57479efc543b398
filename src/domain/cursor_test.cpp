#include "domain/cursor.hpp"

#include <gtest/gtest.h>

namespace signpost::domain {
namespace {

TEST(Cursor, OpensOnlyWhatWasSealedForTheSameList) {
  HmacSha256Key key("0123456789abcdef0123456789abcdef");
  std::string sealed = seal_cursor(key, "user:local:ann|files", "17|x");
  EXPECT_EQ(open_cursor(key, "user:local:ann|files", sealed), "17|x");
  EXPECT_FALSE(open_cursor(key, "user:local:bob|files", sealed));
  EXPECT_FALSE(open_cursor(HmacSha256Key("other"), "user:local:ann|files", sealed));
  EXPECT_FALSE(open_cursor(key, "user:local:ann|files", ""));
  EXPECT_FALSE(open_cursor(key, "user:local:ann|files", "AAAA"));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(open_cursor(key, "user:local:ann|files", changed)) << i;
  }
}

TEST(Cursor, BindingAndPositionDoNotRunTogether) {
  HmacSha256Key key("k");
  EXPECT_NE(seal_cursor(key, "ab", "c"), seal_cursor(key, "a", "bc"));
  EXPECT_FALSE(open_cursor(key, "a", seal_cursor(key, "ab", "c")));
}

}  // namespace
}  // namespace signpost::domain
