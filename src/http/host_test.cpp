#include "http/host.hpp"

#include <gtest/gtest.h>

namespace signpost::http {
namespace {

TEST(Host, Parses) {
  EXPECT_EQ(Host::parse("Example.COM"), (Host{"example.com", std::nullopt}));
  EXPECT_EQ(Host::parse("localhost:8080"), (Host{"localhost", 8080}));
  EXPECT_EQ(Host::parse("[::1]:80"), (Host{"[::1]", 80}));
  EXPECT_EQ(Host::parse("[::1]"), (Host{"[::1]", std::nullopt}));
  EXPECT_NE(Host::parse("example.com."), Host::parse("example.com"));  // browsers tell them apart
}

TEST(Host, RefusesTheRest) {
  for (const char* text : {"", ":80", "a:", "a:x", "a:65536", "a:-1", "a:080000", "u@a", "a/b",
                           "a b", "a:80:81", "[::1", "::1", "[]", "a\x01", "[::1]x:80", "."})
    EXPECT_FALSE(Host::parse(text)) << text;
}

TEST(WebOrigin, ParsesAndNormalizes) {
  EXPECT_EQ(WebOrigin::parse("HTTPS://App.Example.com:443")->to_string(),
            "https://app.example.com");
  EXPECT_EQ(WebOrigin::parse("http://localhost:8080/")->to_string(), "http://localhost:8080");
  EXPECT_EQ(WebOrigin::parse("http://a:443")->to_string(), "http://a:443");
  EXPECT_EQ(*WebOrigin::parse("http://A:80"), *WebOrigin::parse("http://a"));
  EXPECT_NE(*WebOrigin::parse("http://a"), *WebOrigin::parse("https://a"));
}

TEST(WebOrigin, RefusesTheRest) {
  for (const char* text : {"null", "", "*", "ftp://a", "https://", "https://a/b", "https://a?x",
                           "https://a#x", "https://u@a", "//a", "a", "https://a//"})
    EXPECT_FALSE(WebOrigin::parse(text)) << text;
}

}  // namespace
}  // namespace signpost::http
