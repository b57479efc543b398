#include "http/query.hpp"

#include <gtest/gtest.h>

namespace signpost::http {
namespace {

TEST(Query, DecodesNamesAndValues) {
  auto query = Query::parse("a=1&b+c=x%20y%2B&flag&empty=&&e=a=b");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->get("a"), "1");
  EXPECT_EQ(query->get("b c"), "x y+");
  EXPECT_EQ(query->get("flag"), "");
  EXPECT_EQ(query->get("empty"), "");
  EXPECT_EQ(query->get("e"), "a=b");
  EXPECT_EQ(query->get("A"), std::nullopt);
  EXPECT_TRUE(Query::parse("")->all().empty());
}

TEST(Query, RefusesDuplicates) {
  EXPECT_EQ(Query::parse("a=1&a=2").error(), QueryError::duplicate);
  EXPECT_EQ(Query::parse("a=1&%61=1").error(), QueryError::duplicate);
}

TEST(Query, RefusesBrokenText) {
  for (const char* raw : {"a=%", "a=%4", "a=%zz", "%ff=1", "a=%c3", "a=%00", "a=%0d%0ab"})
    EXPECT_EQ(Query::parse(raw).error(), QueryError::malformed) << raw;
}

TEST(Query, RefusesTooMany) {
  std::string raw;
  for (int i = 0; i < 51; ++i) raw += "a" + std::to_string(i) + "=1&";
  EXPECT_EQ(Query::parse(raw).error(), QueryError::too_many);
}

}  // namespace
}  // namespace signpost::http
