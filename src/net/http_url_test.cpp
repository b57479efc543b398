#include "net/http_url.hpp"

#include <gtest/gtest.h>

namespace signpost::net {
namespace {

TEST(HttpUrl, IsOriginAndTarget) {
  auto url = HttpUrl::parse("https://app.example/may?x=1&y=%20");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->origin.tls);
  EXPECT_EQ(url->origin.authority(), "app.example");
  EXPECT_EQ(url->target, "/may?x=1&y=%20");
  EXPECT_EQ(HttpUrl::parse("http://127.0.0.1:3000")->target, "/");
  EXPECT_EQ(HttpUrl::parse("http://127.0.0.1:3000?a")->target, "/?a");
  EXPECT_EQ(HttpUrl::parse("http://[::1]:3000/a")->origin.port, 3000);
}

TEST(HttpUrl, RefusesWhatCannotBeCalled) {
  for (const char* text :
       {"", "u", "ftp://a/b", "http://", "http:///x", "http://a/b c", "http://a/#b", "http://u@a/",
        "http://a:0/", "http://a/\r\nX: y", "//a/b", "http://a/\xc3"})
    EXPECT_FALSE(HttpUrl::parse(text)) << text;
}

}  // namespace
}  // namespace signpost::net
