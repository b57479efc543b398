#include "gateway/origins.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::gateway {
namespace {

Options local() {
  Options options;
  options.listen = "127.0.0.1:8080";
  options.allowed_origins = {*http::WebOrigin::parse("https://good.example")};
  return options;
}

TEST(Origins, WithoutPublicUrlTakesTheListenAddressAndLocalhost) {
  Origins origins(local());
  EXPECT_FALSE(origins.secure());
  for (const char* host : {"127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080"})
    EXPECT_TRUE(origins.is_own_host(host)) << host;
  for (const char* host : {"127.0.0.1", "localhost", "localhost:80", "evil.example:8080", "",
                           "good.example", "127.0.0.1:8081", "localhost:8080.evil"})
    EXPECT_FALSE(origins.is_own_host(host)) << host;
}

TEST(Origins, WithPublicUrlTakesThatHostAlone) {
  Options options = local();
  options.public_url = http::WebOrigin::parse("https://files.example.com");
  Origins origins(options);
  EXPECT_TRUE(origins.secure());
  EXPECT_TRUE(origins.is_own_host("files.example.com"));
  EXPECT_TRUE(origins.is_own_host("files.example.com:443"));
  for (const char* host : {"127.0.0.1:8080", "localhost:8080", "files.example.com:80",
                           "files.example.com:8080", "x.files.example.com"})
    EXPECT_FALSE(origins.is_own_host(host)) << host;
}

TEST(Origins, TrustsTheOwnAndTheAllowedOriginsAlone) {
  Origins origins(local());
  for (const char* origin :
       {"http://localhost:8080", "http://127.0.0.1:8080", "https://good.example"})
    EXPECT_TRUE(origins.is_trusted(origin)) << origin;
  for (const char* origin :
       {"null", "", "https://evil.example", "https://good.example.evil", "https://evilgood.example",
        "https://x.good.example", "http://good.example", "https://good.example:8443",
        "http://localhost", "http://localhost:9000", "*", "https://good.example, https://evil"})
    EXPECT_FALSE(origins.is_trusted(origin)) << origin;
  EXPECT_THAT(origins.trusted(),
              testing::ElementsAre("http://127.0.0.1:8080", "http://localhost:8080",
                                   "https://good.example"));
}

}  // namespace
}  // namespace signpost::gateway
