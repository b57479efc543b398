#include "cli/presigned_url.hpp"

#include <gtest/gtest.h>

namespace signpost::cli {
namespace {

TEST(PresignedUrl, IsTakenApartAndNotRepaired) {
  const auto url =
      PresignedUrl::parse(" HTTP://Host:80/photos/a%2Fb+c?a=1%202&flag&x==y&&a=2#part");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "http");
  EXPECT_EQ(url->authority, "Host:80");
  EXPECT_EQ(url->host(), "host");
  EXPECT_EQ(url->path, "/photos/a%2Fb+c");
  EXPECT_EQ(url->query, "a=1%202&flag&x==y&&a=2");
  ASSERT_EQ(url->parameters.size(), 4u);
  EXPECT_EQ(url->get("a"), "1 2");
  EXPECT_EQ(url->get("flag"), "");
  EXPECT_EQ(url->get("x"), "=y");
  EXPECT_FALSE(url->get("b"));
  EXPECT_EQ(PresignedUrl::parse("https://h:443?a=%zz")->get("a"), "%zz");
  EXPECT_EQ(PresignedUrl::parse("https://h:443?a")->path, "/");
  EXPECT_EQ(PresignedUrl::parse("https://h:443/")->host(), "h");
  EXPECT_EQ(PresignedUrl::parse("http://h:443/")->host(), "h:443");
  EXPECT_EQ(PresignedUrl::parse("http://[::1]:80/")->host(), "[::1]");
  EXPECT_EQ(PresignedUrl::parse("http://[fe80::80]/")->host(), "[fe80::80]");
  for (const char* none : {"", "h/a", "ftp://h/a", "http:///a", "http://u@h/a", "http:/h", "://h"})
    EXPECT_FALSE(PresignedUrl::parse(none)) << none;
}

TEST(PresignedUrl, TheBucketStandsInThePathOrInFrontOfAHostThatIsKnown) {
  const auto target = [](const char* url, const char* store) {
    const UrlTarget found = target_of(*PresignedUrl::parse(url), store);
    return found.bucket + " " + found.key + (found.in_host ? " in host" : "");
  };
  EXPECT_EQ(target("http://127.0.0.1:9000/photos/a/b%20c", ""), "photos a/b c");
  EXPECT_EQ(target("http://127.0.0.1:9000/photos", ""), "photos ");
  EXPECT_EQ(target("https://p.q.s3.eu-central-1.amazonaws.com/a", ""), "p.q a in host");
  EXPECT_EQ(target("https://s3.eu-central-1.amazonaws.com/p/a", ""), "p a");
  EXPECT_EQ(target("https://p.s3.amazonaws.com/a", ""), "p a in host");
  EXPECT_EQ(target("https://p.s3.cn-north-1.amazonaws.com.cn/a", ""), "p a in host");
  EXPECT_EQ(target("https://p.files.example.com/x/a", "files.example.com"), "p x/a in host");
  EXPECT_EQ(target("https://p.files.example.com/x/a", ""), "x a");
  EXPECT_EQ(target("https://files.example.com/x/a", "files.example.com"), "x a");
}

}  // namespace
}  // namespace signpost::cli
