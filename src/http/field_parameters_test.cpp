#include "http/field_parameters.hpp"

#include <gtest/gtest.h>

namespace signpost::http {
namespace {

TEST(FieldWithParameters, TakesTokensAndQuotedStrings) {
  const auto field = FieldWithParameters::parse("Form-Data ; Name=\"a;b\\\"c\\\\d\\e\";x = y;");
  EXPECT_FALSE(field);  // no white space beside '='
  const auto good = FieldWithParameters::parse(" Form-Data ; Name=\"a;b\\\"c\\\\d\\e\" ;\tx=y;");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->value, "form-data");
  EXPECT_EQ(good->get("name"), "a;b\"c\\d\\e");
  EXPECT_EQ(good->get("x"), "y");
  EXPECT_FALSE(good->get("Name"));
  EXPECT_EQ(FieldWithParameters::parse("a; b=\"\"")->get("b"), "");
}

TEST(FieldWithParameters, RefusesWhatTwoProgramsReadInTwoWays) {
  for (const char* bad : {"", ";", " ; a=b", "a; b", "a; =b", "a; b=", "a; b=c; B=d", "a; b=\"c",
                          "a; b=\"c\\\"", "a; b=\"c\"d", "a; b=c d", "a; b=c/d", "a; b c=d"})
    EXPECT_FALSE(FieldWithParameters::parse(bad)) << bad;
}

}  // namespace
}  // namespace signpost::http
