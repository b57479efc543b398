#include "s3/xml.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "s3/error_xml.hpp"
#include "s3/operation.hpp"

namespace signpost::s3 {
namespace {

XmlError refusal(std::string_view text, XmlLimits limits = {}) {
  auto document = parse_xml(text, limits);
  EXPECT_FALSE(document) << text.substr(0, 200);
  return document ? XmlError{} : document.error();
}

TEST(Xml, EscapesWhatAReaderWouldLose) {
  EXPECT_EQ(xml_escape("a&b<c>\"d\"'"), "a&amp;b&lt;c&gt;&quot;d&quot;'");
  EXPECT_EQ(xml_escape("a\rb\x01\n\t"), "a&#xD;b&#x1;\n\t");
  EXPECT_EQ(xml_escape("\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(xml_escape("\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD"), "&#xFFFE;&#xFFFF;\xEF\xBF\xBD");
  EXPECT_EQ(xml_escape("\xEF\xBC\xBE\xEF\xBF"), "\xEF\xBC\xBE\xEF\xBF");
}

TEST(Xml, WhatIsWrittenReadsBack) {
  XmlWriter xml;
  xml.open("Root", xml_namespace).open("In").element("Key", "a<b&\r\x02 c ").close();
  xml.element("None", std::optional<std::string>()).flag("Yes", true);
  auto document = parse_xml(xml.finish());
  ASSERT_TRUE(document);
  EXPECT_STREQ(document->root.name(), "Root");
  EXPECT_EQ(xml_child_text(document->root.child("In"), "Key"), "a<b&\r\x02 c ");
  EXPECT_EQ(xml_child_text(document->root, "None"), std::nullopt);
  EXPECT_EQ(xml_child_text(document->root, "Yes"), "true");
}

TEST(Xml, KeepsAKeyOfSpacesAndJoinsSections) {
  auto document = parse_xml("<a><k> </k><m>x<!-- c -->y<![CDATA[<z>]]></m></a>");
  ASSERT_TRUE(document);
  EXPECT_EQ(xml_child_text(document->root, "k"), " ");
  EXPECT_EQ(xml_child_text(document->root, "m"), "xy<z>");
}

TEST(Xml, RefusesEveryDocumentTypeDeclaration) {
  EXPECT_EQ(refusal("<!DOCTYPE a><a/>"), XmlError::doctype);
  EXPECT_EQ(refusal("<!doctype a><a/>"), XmlError::doctype);
  EXPECT_EQ(refusal("<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [<!ENTITY lol \"lol\">]>"
                    "<lolz>&lol;</lolz>"),
            XmlError::doctype);
  EXPECT_EQ(refusal("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"), XmlError::doctype);
}

TEST(Xml, RefusesUnknownReferences) {
  for (std::string_view bad :
       {"<a>&lol;</a>", "<a>&#0;</a>", "<a>&#x0;</a>", "<a>&#xD800;</a>", "<a>&#x110000;</a>",
        "<a>&</a>", "<a>&#;</a>", "<a>& ;</a>", "<a>&#99999999999;</a>", "<a>&#-1;</a>"}) {
    EXPECT_EQ(refusal(bad), XmlError::malformed) << bad;
  }
  auto document = parse_xml("<a>&#13;&#x41;&amp;lol;</a>");
  ASSERT_TRUE(document);
  EXPECT_EQ(xml_text(document->root), "\rA&lol;");
}

TEST(Xml, RefusesOtherEncodings) {
  EXPECT_EQ(refusal(std::string_view("\xFE\xFF\0<\0a", 6)), XmlError::not_utf8);
  EXPECT_EQ(refusal(std::string_view("<\0a\0/\0>\0", 8)), XmlError::not_utf8);
  EXPECT_EQ(refusal("<?xml version=\"1.0\" encoding=\"UTF-7\"?><a/>"), XmlError::not_utf8);
  EXPECT_EQ(refusal("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>"), XmlError::not_utf8);
  EXPECT_EQ(refusal("<a>\xC0\xAF</a>"), XmlError::not_utf8);
  EXPECT_TRUE(parse_xml("<?xml version=\"1.0\" encoding=\"utf-8\"?><a/>"));
}

TEST(Xml, RefusesAnAttributeThatIsGivenTwiceOrTooMany) {
  EXPECT_TRUE(parse_xml("<a x='1' y='1'><b x='1'/></a>"));
  EXPECT_FALSE(parse_xml("<a x='1' x='2'/>"));
  EXPECT_FALSE(parse_xml("<a><b><c x='1' y='2' x='1'/></b></a>"));
  std::string many = "<a";
  for (int i = 0; i < 17; ++i) many += " a" + std::to_string(i) + "=''";
  EXPECT_FALSE(parse_xml(many + "/>"));
}

TEST(Xml, TellsWhetherAChildIsRepeated) {
  auto repeats = [](std::string_view text, std::string_view repeatable = {}) {
    return xml_repeats_a_child(parse_xml(text)->root, repeatable);
  };
  EXPECT_FALSE(repeats("<a/>"));
  EXPECT_FALSE(repeats("<a> <b/> <c><b/></c> </a>"));
  EXPECT_TRUE(repeats("<a><b/><c/><b/></a>"));
  EXPECT_FALSE(repeats("<a><b/><c/><b/></a>", "b"));
  EXPECT_TRUE(repeats("<a><b/><c/><b/><c/></a>", "b"));
}

TEST(Xml, RefusesDepthSizeAndWhatIsNotOneRoot) {
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "<a>";
  EXPECT_EQ(refusal(deep + "x"), XmlError::malformed);
  for (int i = 0; i < 10'000; ++i) deep += "</a>";
  EXPECT_EQ(refusal(deep), XmlError::too_deep);
  EXPECT_TRUE(parse_xml("<a><b><c/></b></a>", {.bytes = 100, .depth = 3}));
  EXPECT_EQ(refusal("<a><b><c/></b></a>", {.bytes = 100, .depth = 2}), XmlError::too_deep);
  EXPECT_EQ(refusal("<a>" + std::string(limits::xml_body_bytes, 'x') + "</a>"),
            XmlError::too_large);
  for (std::string_view bad :
       {"", " ", "text", "<a/><b/>", "<a>", "</a>", "<a></b>", "<a/>text", "<a><![CDATA[x</a>"}) {
    EXPECT_EQ(refusal(bad), XmlError::malformed) << bad;
  }
}

TEST(ErrorXml, IsS3sDocument) {
  Error error{ErrorCode::InvalidRange, "", {{"RangeRequested", "bytes=9-"}}};
  std::string text = write_error(error, "/b/k<", "R1");
  EXPECT_EQ(text,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>InvalidRange</Code>"
            "<Message>The requested range is not satisfiable.</Message>"
            "<RangeRequested>bytes=9-</RangeRequested><Resource>/b/k&lt;</Resource>"
            "<RequestId>R1</RequestId><HostId>R1</HostId></Error>");
  auto read = parse_error(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->code, "InvalidRange");
  EXPECT_EQ(read->resource, "/b/k<");
  EXPECT_EQ(read->request_id, "R1");
  ASSERT_EQ(read->details.size(), 1u);
  EXPECT_EQ(read->details[0].second, "bytes=9-");
  EXPECT_FALSE(parse_error("<html></html>"));
}

TEST(ErrorXml, IsADocumentWhateverTheRequestHeld) {
  Error error{ErrorCode::InvalidArgument, "", {{"Argument", std::string("a\0\xFF", 3)}}};
  auto read = parse_error(write_error(error, "/b/\x01k", "R1"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->resource, "/b/%01k");
  EXPECT_EQ(read->details[0].second, "a%00%FF");
}

TEST(ErrorTable, IsOneToOneAndNeverRetriesBadInput) {
  std::set<std::string_view> seen;
  for (int i = 0; i <= static_cast<int>(ErrorCode::XAmzContentSHA256Mismatch); ++i) {
    auto code = static_cast<ErrorCode>(i);
    ErrorInfo row = info(code);
    EXPECT_TRUE(seen.insert(row.code).second) << row.code;
    EXPECT_EQ(parse_error_code(row.code), code);
    EXPECT_GE(row.status, 400u) << row.code;
    EXPECT_FALSE(row.message.empty());
  }
  EXPECT_EQ(parse_error_code("Nonsense"), std::nullopt);
  // The order of the table is the order of the enumeration: one from each end and the middle.
  EXPECT_EQ(info(ErrorCode::AccessControlListNotSupported).code, "AccessControlListNotSupported");
  EXPECT_EQ(info(ErrorCode::NoSuchBucket).status, 404u);
  EXPECT_EQ(info(ErrorCode::MissingContentLength).status, 411u);
  EXPECT_EQ(info(ErrorCode::XAmzContentSHA256Mismatch).code, "XAmzContentSHA256Mismatch");
}

TEST(Operation, HasTheNameOfTheReference) {
  EXPECT_EQ(name(Operation::PutObject), "PutObject");
  EXPECT_EQ(name(Operation::ListObjectsV2), "ListObjectsV2");
}

}  // namespace
}  // namespace signpost::s3
