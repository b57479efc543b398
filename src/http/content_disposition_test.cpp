#include "http/content_disposition.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace signpost::http {
namespace {

using enum Disposition;

TEST(ContentDisposition, QuotesPlainNames) {
  EXPECT_EQ(content_disposition(attachment, "plan.pdf"), "attachment; filename=\"plan.pdf\"");
  EXPECT_EQ(content_disposition(inline_, "my photo.jpg"), "inline; filename=\"my photo.jpg\"");
  EXPECT_EQ(content_disposition(inline_, ""), "inline");
}

TEST(ContentDisposition, AddsTheExtendedFormForOtherNames) {
  EXPECT_EQ(content_disposition(attachment, "na\u00efve \u20ac.txt"),
            "attachment; filename=\"na_ve _.txt\"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.txt");
  EXPECT_EQ(content_disposition(attachment, "100%.txt"),
            "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt");
}

TEST(ContentDisposition, CannotBeBrokenOutOf) {
  EXPECT_EQ(content_disposition(attachment, "a\"; filename=\"b.exe"),
            "attachment; filename=\"a_; filename=_b.exe\"; "
            "filename*=UTF-8''a%22%3B%20filename%3D%22b.exe");
  EXPECT_EQ(content_disposition(attachment, "a\r\nSet-Cookie: x"),
            "attachment; filename=\"a__Set-Cookie: x\"");
  EXPECT_EQ(content_disposition(attachment, "a%0d%0ab"),
            "attachment; filename=\"a_0d_0ab\"; filename*=UTF-8''a%250d%250ab");
}

TEST(ContentDisposition, EveryByteKeepsTheValuePrintable) {
  for (int a = 0; a < 256; ++a) {
    for (int b : {0x00, 0x0A, 0x22, 0x27, 0x5C, 0x80, 0xBF, 0xC3, 0xFF}) {
      std::string name{'x', static_cast<char>(a), static_cast<char>(b), 'y'};
      std::string value = content_disposition(attachment, name);
      EXPECT_TRUE(std::ranges::all_of(value, [](char c) { return c >= 0x20 && c < 0x7F; }));
      EXPECT_EQ(std::ranges::count(value, '"'), 2);
    }
  }
}

TEST(ContentDisposition, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(content_disposition(attachment, "a\xff\xc3.txt"), "attachment; filename=\"a__.txt\"");
}

}  // namespace
}  // namespace signpost::http
