#include "net/address_range.hpp"

#include <gtest/gtest.h>

namespace signpost::net {
namespace {

bool contains(std::string_view range, const char* address) {
  return AddressRange::parse(range).value().contains(asio::ip::make_address(address));
}

TEST(AddressRange, HoldsWhatSharesItsPrefix) {
  EXPECT_TRUE(contains("10.1.0.0/16", "10.1.255.255"));
  EXPECT_FALSE(contains("10.1.0.0/16", "10.2.0.0"));
  EXPECT_TRUE(contains("10.1.2.3/31", "10.1.2.2"));
  EXPECT_FALSE(contains("10.1.2.3/31", "10.1.2.4"));
  EXPECT_TRUE(contains("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(contains("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(contains("2001:db8::/32", "2001:db8:ffff::1"));
  EXPECT_FALSE(contains("2001:db8::/32", "2001:db9::1"));
  EXPECT_TRUE(contains("::/0", "::1"));
  EXPECT_TRUE(contains("127.0.0.0/8", "::ffff:127.9.9.9"));
}

TEST(AddressRange, IsNothingElse) {
  for (const char* text : {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/-1", "::/129",
                           "localhost", "10.0.0.0/8/8", " 10.0.0.0/8", "fe80::1%lo", "10.0.0.0/x"})
    EXPECT_FALSE(AddressRange::parse(text)) << text;
}

}  // namespace
}  // namespace signpost::net
