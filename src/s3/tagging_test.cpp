#include "s3/tagging.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace signpost::s3 {
namespace {

constexpr std::size_t most = limits::object_tags;

std::string document(std::string_view tags) {
  return "<Tagging><TagSet>" + std::string(tags) + "</TagSet></Tagging>";
}

std::string tag(std::string_view key, std::string_view value) {
  return "<Tag><Key>" + std::string(key) + "</Key><Value>" + std::string(value) + "</Value></Tag>";
}

TEST(Tagging, ReadsAQuery) {
  auto set = TagSet::parse_query("foo=bar&bar&a%20b=c%26d%3D&p=x+y", most);
  ASSERT_TRUE(set);
  EXPECT_EQ(set->tags(),
            (std::vector<Tag>{{"a b", "c&d="}, {"bar", ""}, {"foo", "bar"}, {"p", "x y"}}));
  EXPECT_EQ(set->to_query(), "a%20b=c%26d%3D&bar=&foo=bar&p=x%20y");
  EXPECT_EQ(TagSet::parse_query(set->to_query(), most)->tags(), set->tags());
  EXPECT_TRUE(TagSet::parse_query("", most)->empty());
}

TEST(Tagging, ReadsADocument) {
  auto set = TagSet::parse_xml(document(tag("k&amp;", "v &lt;") + tag("a", "")), most);
  ASSERT_TRUE(set);
  EXPECT_EQ(set->tags(), (std::vector<Tag>{{"a", ""}, {"k&", "v <"}}));
  EXPECT_TRUE(set->to_xml().contains("<Tag><Key>k&amp;</Key><Value>v &lt;</Value></Tag>"));
  EXPECT_TRUE(TagSet::parse_xml(document(""), most)->empty());
}

TEST(Tagging, RefusesWhatNoTagMayBe) {
  auto code = [](const auto& set) { return set ? ErrorCode::InternalError : set.error().code; };
  const std::string long_key(129, 'k');
  const std::string long_value(257, 'v');
  for (const std::string& tags :
       {tag("", "x"), tag(long_key, ""), tag("k", long_value), tag("aws:x", ""),
        tag("a", "1") + tag("a", "2"), tag("a&#10;b", "")})
    EXPECT_EQ(code(TagSet::parse_xml(document(tags), most)), ErrorCode::InvalidTag) << tags;
  std::string eleven;
  for (char c = 'a'; c <= 'k'; ++c) eleven += tag(std::string(1, c), "");
  EXPECT_EQ(code(TagSet::parse_xml(document(eleven), most)), ErrorCode::BadRequest);
  for (const char* text :
       {"", "<x/>", "<Tagging/>", "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>",
        "<Tagging><TagSet/><TagSet/></Tagging>", "<!DOCTYPE x><Tagging/>"})
    EXPECT_EQ(code(TagSet::parse_xml(text, most)), ErrorCode::MalformedXML) << text;
  EXPECT_EQ(code(TagSet::parse_query("a=%zz", most)), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(TagSet::parse_query("a=1&a=2", most)), ErrorCode::InvalidTag);
  EXPECT_EQ(code(TagSet::parse_query("a=%ff", most)), ErrorCode::InvalidTag);
  // Characters count, not bytes.
  std::string umlauts;
  for (int i = 0; i < 128; ++i) umlauts += "ü";
  EXPECT_TRUE(TagSet::parse_xml(document(tag(umlauts, "")), most));
}

}  // namespace
}  // namespace signpost::s3
