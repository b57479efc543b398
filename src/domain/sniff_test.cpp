#include <gtest/gtest.h>

#include "domain/content_type.hpp"

namespace signpost::domain {
namespace {

using namespace std::string_view_literals;

constexpr auto jpeg = "\xff\xd8\xff\xe0\0\x10JFIF"sv;
constexpr auto png = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"sv;
constexpr auto mp4 =
    "\0\0\0\x18"
    "ftypisom"sv;

TEST(Sniff, KnowsTheSignatures) {
  EXPECT_EQ(sniff(""), Sniffed::empty);
  EXPECT_EQ(sniff(jpeg), Sniffed::jpeg);
  EXPECT_EQ(sniff(png), Sniffed::png);
  EXPECT_EQ(sniff("GIF89a..."), Sniffed::gif);
  EXPECT_EQ(sniff("RIFF\x10\0\0\0WEBPVP8 "sv), Sniffed::webp);
  EXPECT_EQ(sniff("RIFF\x10\0\0\0WAVEfmt "sv), Sniffed::unknown);
  EXPECT_EQ(sniff(mp4), Sniffed::iso_media);
  EXPECT_EQ(sniff("%PDF-1.7"), Sniffed::pdf);
  EXPECT_EQ(sniff("PK\x03\x04"), Sniffed::zip);
  EXPECT_EQ(sniff("hello"), Sniffed::unknown);
}

TEST(Sniff, KnowsMarkup) {
  EXPECT_EQ(sniff("\n <!DOCTYPE HTML><p>"), Sniffed::html);
  EXPECT_EQ(sniff("<script>alert(1)</script>"), Sniffed::html);
  EXPECT_EQ(sniff("\xef\xbb\xbf<HTML>"), Sniffed::html);
  EXPECT_EQ(sniff("<svg xmlns='x' onload='y'>"), Sniffed::svg);
  EXPECT_EQ(sniff("<?xml version='1.0'?><!-- c --><svg>"), Sniffed::svg);
  EXPECT_EQ(sniff("<?xml version='1.0'?><a>"), Sniffed::xml);
  EXPECT_EQ(sniff("<3 you"), Sniffed::unknown);
  EXPECT_EQ(sniff("<abc"), Sniffed::unknown);
}

bool fits(std::string_view declared, std::string_view bytes) {
  return domain::fits(*MediaType::parse(declared), bytes);
}
std::string settled(std::string_view declared, std::string_view bytes) {
  return settled_type(*MediaType::parse(declared), bytes).text();
}

TEST(Fits, ADeclaredTypeThatFitsIsKept) {
  EXPECT_TRUE(fits("image/jpeg", jpeg));
  EXPECT_TRUE(fits("application/octet-stream", jpeg));
  EXPECT_TRUE(fits("text/plain", "<html>"));
  EXPECT_TRUE(fits("text/html", "<html>"));
  EXPECT_TRUE(fits("text/html", "no tag at all"));
  EXPECT_TRUE(fits("image/svg+xml", "<svg>"));
  EXPECT_TRUE(fits("image/x-adobe-dng", "II*\0"sv));
  EXPECT_EQ(settled("text/plain; charset=utf-8", "<html>"), "text/plain; charset=utf-8");
  EXPECT_EQ(settled("image/avif", mp4), "image/avif");
}

TEST(Fits, OthersAreReplacedByAnInertType) {
  EXPECT_FALSE(fits("image/png", "<html>"));
  EXPECT_FALSE(fits("image/x-icon", "<script>"));
  EXPECT_FALSE(fits("video/x-unknown", "<svg>"));
  EXPECT_FALSE(fits("application/pdf", jpeg));
  EXPECT_EQ(settled("image/png", jpeg), "image/jpeg");
  EXPECT_EQ(settled("image/png", "<html>"), "application/octet-stream");
  EXPECT_EQ(settled("image/png", "<svg>"), "application/octet-stream");
  EXPECT_EQ(settled("application/pdf", "<?xml?>"), "application/octet-stream");
  EXPECT_EQ(settled("image/jpeg", "BM"), "application/octet-stream");
}

}  // namespace
}  // namespace signpost::domain
