#include "gateway/client_address.hpp"

#include <gtest/gtest.h>

namespace signpost::gateway {
namespace {

std::string address(const char* peer, std::initializer_list<std::string_view> forwarded,
                    std::initializer_list<std::string_view> trusted = {"127.0.0.0/8", "10.0.0.1"}) {
  net::RequestHead head;
  for (std::string_view value : forwarded) head.fields.push_back({"x-forwarded-FOR", value});
  head.fields.push_back({"Forwarded", "for=9.9.9.9"});
  head.fields.push_back({"X-Real-IP", "9.9.9.9"});
  std::vector<net::AddressRange> ranges;
  for (std::string_view text : trusted) ranges.push_back(*net::AddressRange::parse(text));
  return client_address(net::asio::ip::make_address(peer), head, ranges).to_string();
}

TEST(ClientAddress, IsThePeersUnlessThatIsATrustedProxy) {
  EXPECT_EQ(address("203.0.113.1", {"1.2.3.4"}), "203.0.113.1");
  EXPECT_EQ(address("127.0.0.1", {"1.2.3.4"}, {}), "127.0.0.1");
  EXPECT_EQ(address("127.0.0.1", {"1.2.3.4"}), "1.2.3.4");
  EXPECT_EQ(address("127.0.0.1", {}), "127.0.0.1");
  EXPECT_EQ(address("::ffff:127.0.0.1", {"1.2.3.4"}), "1.2.3.4");
}

TEST(ClientAddress, IsTheRightmostThatNoProxyHas) {
  EXPECT_EQ(address("127.0.0.1", {"6.6.6.6, 1.2.3.4"}), "1.2.3.4");
  EXPECT_EQ(address("127.0.0.1", {"6.6.6.6, 1.2.3.4 , 10.0.0.1"}), "1.2.3.4");
  EXPECT_EQ(address("127.0.0.1", {"6.6.6.6", "1.2.3.4", "10.0.0.1"}), "1.2.3.4");
  EXPECT_EQ(address("127.0.0.1", {"10.0.0.1,127.0.0.9"}), "10.0.0.1");
}

TEST(ClientAddress, StopsAtWhatIsNoAddress) {
  EXPECT_EQ(address("127.0.0.1", {"1.2.3.4, unknown"}), "127.0.0.1");
  EXPECT_EQ(address("127.0.0.1", {"1.2.3.4,,10.0.0.1"}), "10.0.0.1");
  EXPECT_EQ(address("127.0.0.1", {""}), "127.0.0.1");
  EXPECT_EQ(address("127.0.0.1", {"["}), "127.0.0.1");
  EXPECT_EQ(address("127.0.0.1", {"1.2.3.4:5678"}), "1.2.3.4");
  EXPECT_EQ(address("127.0.0.1", {"[2001:db8::1]:80"}), "2001:db8::1");
  EXPECT_EQ(address("127.0.0.1", {"2001:db8::1"}), "2001:db8::1");
}

TEST(ClientAddress, IsCountedByWhatOneCustomerHas) {
  auto of = [](const char* text) { return counted_as(net::asio::ip::make_address(text)); };
  EXPECT_EQ(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
  EXPECT_NE(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
  EXPECT_NE(of("1.2.3.4"), of("1.2.3.5"));
  EXPECT_EQ(of("1.2.3.4"), of("::ffff:1.2.3.4"));
}

}  // namespace
}  // namespace signpost::gateway
