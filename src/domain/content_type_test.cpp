#include "domain/content_type.hpp"

#include <gtest/gtest.h>

#include <array>

namespace signpost::domain {
namespace {

std::string spelled(std::string_view text) {
  auto type = MediaType::parse(text);
  return type ? type->text() : "(none)";
}

TEST(MediaType, OneSpelling) {
  EXPECT_EQ(spelled("image/PNG"), "image/png");
  EXPECT_EQ(spelled("Text/Plain;Charset=UTF-8"), "text/plain; charset=UTF-8");
  EXPECT_EQ(spelled("text/plain ; charset=\"utf-8\""), "text/plain; charset=utf-8");
  EXPECT_EQ(spelled("video/mp4; codecs=\"avc1.4, mp4a\""), "video/mp4; codecs=\"avc1.4, mp4a\"");
  EXPECT_EQ(MediaType::parse("text/plain; charset=utf-8")->essence(), "text/plain");
}

// SECURITY case I3.
TEST(MediaType, RefusesWhatIsNone) {
  for (std::string_view text : {"",
                                "image",
                                "image/",
                                "/png",
                                "*/*",
                                "image/*",
                                "image/png;",
                                "image/png; a",
                                "image/png; a=",
                                "image/png; a=b; A=c",
                                "image/png\r\nX: y",
                                "image/png, text/html",
                                "multipart/x-mixed-replace",
                                "text/html; charset=utf-7",
                                "text/plain; charset=\"UTF-7\"",
                                "text/plain; charset=ISO-2022-KR",
                                "text/plain; charset=utf-16",
                                "text/plain; a=\"b",
                                "text/plain; a=\"b\nc\"",
                                "im age/png",
                                "image/p\xc3\xa4"})
    EXPECT_FALSE(MediaType::parse(text)) << text;
  EXPECT_TRUE(MediaType::parse("image/" + std::string(249, 'x')));
  EXPECT_FALSE(MediaType::parse("image/" + std::string(250, 'x')));
}

TEST(MediaType, Active) {
  for (std::string_view text : {"text/html", "TEXT/HTML; charset=utf-8", "image/svg+xml",
                                "application/xhtml+xml", "text/xml", "application/rss+xml",
                                "text/javascript", "application/javascript", "message/rfc822"})
    EXPECT_TRUE(MediaType::parse(text)->is_active()) << text;
  for (std::string_view text : {"image/png", "text/plain", "application/pdf", "video/mp4",
                                "application/octet-stream", "application/json", "text/csv"})
    EXPECT_FALSE(MediaType::parse(text)->is_active()) << text;
}

TEST(Disposition, InlineOnlyWhereListedAndInert) {
  using http::Disposition;
  const std::array<std::string, 3> list = {"image/*", "text/*", "application/pdf"};
  auto of = [&](std::string_view type, std::optional<Disposition> asked = {}) {
    return disposition_of(*MediaType::parse(type), asked, list);
  };
  EXPECT_EQ(of("image/png"), Disposition::inline_);
  EXPECT_EQ(of("text/plain; charset=utf-8"), Disposition::inline_);
  EXPECT_EQ(of("application/pdf"), Disposition::inline_);
  EXPECT_EQ(of("application/pdfx"), Disposition::attachment);
  EXPECT_EQ(of("application/zip"), Disposition::attachment);
  EXPECT_EQ(of("image/png", Disposition::attachment), Disposition::attachment);
  EXPECT_EQ(of("image/svg+xml", Disposition::inline_), Disposition::attachment);
  EXPECT_EQ(of("text/html", Disposition::inline_), Disposition::attachment);
  EXPECT_EQ(of("application/zip", Disposition::inline_), Disposition::attachment);
  EXPECT_EQ(parse_disposition("inline"), Disposition::inline_);
  EXPECT_EQ(parse_disposition("attachment"), Disposition::attachment);
  EXPECT_FALSE(parse_disposition("INLINE"));
}

}  // namespace
}  // namespace signpost::domain
