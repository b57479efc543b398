#include "net/request_parser.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "net/plain_head.hpp"

namespace signpost::net {
namespace {

using Result = RequestParser::HeadResult;

unsigned refused_with(const std::string& bytes) {
  RequestParser parser;
  Result result = parser.parse_head(bytes);
  if (auto* refused = std::get_if<RequestParser::Refused>(&result)) return refused->status;
  return std::holds_alternative<RequestParser::Parsed>(result) ? 200 : 0;
}

std::string with(const std::string& fields) {
  return "POST /x HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}

struct Case {
  const char* name;
  std::string bytes;
  unsigned status;
};

class Refusals : public testing::TestWithParam<Case> {};

TEST_P(Refusals, AreRefusedByTheHead) {
  EXPECT_EQ(refused_with(GetParam().bytes), GetParam().status);
}

const std::vector<Case> cases = {
    {"A1a", with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
    {"A1b", with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
    {"A2", with("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n"), 400},
    {"A3", with("Transfer-Encoding: identity\r\n"), 400},
    {"A4", with("Transfer-Encoding: chunked, gzip\r\n"), 400},
    {"A4b", with("Transfer-Encoding: gzip, chunked\r\n"), 400},
    {"A5", with("Transfer-Encoding: xchunked\r\nContent-Length: 3\r\n"), 400},
    {"A6", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
    {"A7", "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"A8", with("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
    {"A9", with("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
    {"A10", with("Content-Length: 5, 5\r\n"), 400},
    {"A11plus", with("Content-Length: +5\r\n"), 400},
    {"A11minus", with("Content-Length: -1\r\n"), 400},
    {"A11hex", with("Content-Length: 0x5\r\n"), 400},
    {"A11empty", with("Content-Length:\r\n"), 400},
    {"A11huge", with("Content-Length: 18446744073709551616\r\n"), 400},
    {"A12", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
    {"A12same", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    {"A13", "GET / HTTP/1.1\r\n\r\n", 400},
    {"A14", "GET http://evil/x HTTP/1.1\r\nHost: good\r\n\r\n", 400},
    {"A15", with("X-A: b\r\n c\r\n"), 400},
    {"A15tab", with("X-A: b\r\n\tc\r\n"), 400},
    {"A16", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
    {"A17lf", "GET / HTTP/1.1\nHost: a\n\n", 400},
    {"A17cr", with("X-A: b\rc\r\n"), 400},
    {"A17nul", "GET / HTTP/1.1\r\nHost: h\r\nX: a" + std::string(1, '\0') + "b\r\n\r\n", 400},
    {"A18bytes", "GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"A18fragment", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"A25field", with("X: " + std::string(16 * 1024, 'a') + "\r\n"), 431},
    {"A26", "GET /" + std::string(16 * 1024, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
    {"A28", with("Expect: foo\r\n"), 417},
    {"A28status", with("Expect: 404\r\n"), 417},
    {"A28list", with("Expect: 200, foo\r\n"), 417},
    {"A29connect", "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 501},
    {"A29pri", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"underscore", with("Content_Length: 5\r\n"), 400},
    {"A12list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
    {"A18space", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"icap", "GET / ICAP/1.0\r\nHost: h\r\n\r\n", 400},
    {"connectpath", "CONNECT / HTTP/1.1\r\nHost: h\r\n\r\n", 501},
    {"blank", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
};

INSTANTIATE_TEST_SUITE_P(Head, Refusals, testing::ValuesIn(cases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(RequestParser, RefusesMoreThanAHundredFields) {
  std::string fields;
  for (int i = 0; i < 100; ++i) fields += "X-" + std::to_string(i) + ": a\r\n";
  EXPECT_EQ(refused_with(with(fields)), 431u);
}

TEST(RequestParser, RefusesAHeadOver64KiB) {
  std::string fields;
  for (int i = 0; i < 8; ++i)
    fields += "X-" + std::to_string(i) + ": " + std::string(9000, 'a') + "\r\n";
  EXPECT_EQ(refused_with(with(fields)), 431u);
}

TEST(RequestParser, ReadsAProperHead) {
  RequestParser parser;
  std::string bytes =
      "PUT /a%2Fb/c?x=1&y HTTP/1.1\r\nHost: h:80\r\nContent-Length: 3\r\nExpect: 100-continue\r\n"
      "X-Amz-Meta-A:  two words \r\n\r\nabcGET";
  auto result = parser.parse_head(bytes);
  ASSERT_TRUE(std::holds_alternative<RequestParser::Parsed>(result));
  EXPECT_EQ(std::get<RequestParser::Parsed>(result).consumed, bytes.size() - 6);
  const RequestHead& head = parser.head();
  EXPECT_EQ(head.method, "PUT");
  EXPECT_EQ(head.path, "/a%2Fb/c");
  EXPECT_EQ(head.query, "x=1&y");
  EXPECT_EQ(head.host, "h:80");
  EXPECT_EQ(head.content_length, 3u);
  EXPECT_TRUE(head.expects_continue);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_EQ(head.field("x-amz-meta-a"), "two words");
  auto step = parser.parse_body(std::string_view(bytes).substr(bytes.size() - 6));
  EXPECT_EQ(step.kind, RequestParser::BodyStep::Kind::piece);
  EXPECT_EQ(step.piece, "abc");
  EXPECT_EQ(step.consumed, 3u);
  EXPECT_TRUE(parser.body_done());
}

TEST(RequestParser, ReadsAHeadThatComesByteByByte) {
  std::string bytes = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  RequestParser parser;
  for (std::size_t n = 1; n < bytes.size(); ++n)
    ASSERT_TRUE(std::holds_alternative<RequestParser::NeedMore>(
        parser.parse_head(std::string_view(bytes).substr(0, n))));
  EXPECT_TRUE(std::holds_alternative<RequestParser::Parsed>(parser.parse_head(bytes)));
}

// The same head with a field that is left to Beast, and says nothing.
std::string for_beast(std::string head) {
  return head.insert(head.size() - 2, "Expect: 200\r\n");
}

// What is read at once is read as Beast reads it.
void expect_read_alike(const std::string& bytes) {
  RequestHead plain;
  if (!read_plain_head(bytes, plain)) return;
  RequestParser quick;
  ASSERT_TRUE(std::holds_alternative<RequestParser::Parsed>(quick.parse_head(bytes))) << bytes;
  RequestParser slow;
  const std::string other = for_beast(bytes);
  ASSERT_TRUE(std::holds_alternative<RequestParser::Parsed>(slow.parse_head(other))) << bytes;
  const RequestHead& a = quick.head();
  const RequestHead& b = slow.head();
  EXPECT_EQ(std::tie(a.method, a.target, a.path, a.query, a.host),
            std::tie(b.method, b.target, b.path, b.query, b.host));
  EXPECT_EQ(std::tie(a.has_query, a.chunked, a.content_length, a.keep_alive, a.expects_continue),
            std::tie(b.has_query, b.chunked, b.content_length, b.keep_alive, b.expects_continue));
  EXPECT_TRUE(quick.body_done() && slow.body_done() && quick.is_http11() && slow.is_http11());
  ASSERT_EQ(a.fields.size() + 1, b.fields.size()) << bytes;
  for (std::size_t i = 0; i < a.fields.size(); ++i)
    EXPECT_EQ(std::tie(a.fields[i].name, a.fields[i].value),
              std::tie(b.fields[i].name, b.fields[i].value));
}

TEST(RequestParser, ReadsAPlainHeadAsBeastDoes) {
  const std::string plain =
      "GET /a%2Fb/c?x=1&y HTTP/1.1\r\nHost: h:80\r\nConnection: Keep-Alive\r\n"
      "Accept:\t */* \r\nX_y-1:\r\nCookie: a=\"b\tc\"; \xc3\xa9\r\n\r\n";
  RequestHead head;
  EXPECT_TRUE(read_plain_head(plain, head));
  expect_read_alike(plain);
  for (const char* other :
       {"Connection: close", "Connection: keep-alive, close", "Upgrade: h2c", "Content-Length: 0",
        "Transfer-Encoding: chunked", "Expect: 200", "content_length: 1", "transfer_encoding: x",
        "Proxy-Connection: close", "Host: h", "X : y", "X: \x01", "X: \x7f", "X: a\rb", " folded",
        "(: x"}) {
    RequestHead unread;
    EXPECT_FALSE(
        read_plain_head(std::string("GET / HTTP/1.1\r\nHost: h\r\n") + other + "\r\n\r\n", unread))
        << other;
  }
}

TEST(RequestParser, ReadsChangedHeadsAsBeastDoes) {
  const std::string base =
      "HEAD /files/a?b=c HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\nUser-Agent: x y\r\n"
      "Authorization: Bearer abc\r\n\r\n";
  const std::vector<std::string> pieces = {"\r",
                                           "\n",
                                           "\r\n",
                                           " ",
                                           "\t",
                                           ":",
                                           "/",
                                           "#",
                                           "?",
                                           "A",
                                           "Host: i\r\n",
                                           "X: y\r\n",
                                           "close",
                                           "\x7f",
                                           "\x80",
                                           "_",
                                           "(",
                                           ",",
                                           "HTTP/1.0",
                                           "Expect",
                                           "Upgrade: a\r\n",
                                           std::string(1, '\0')};
  std::mt19937 random(1);
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  for (int i = 0; i < 50'000; ++i) {
    std::string bytes = base;
    for (std::size_t changes = below(3) + 1; changes > 0; --changes) {
      const std::size_t at = below(bytes.size() - 4);
      if (below(2) == 0) bytes.erase(at, below(4));
      bytes.insert(std::min(at, bytes.size() - 4), pieces[below(pieces.size())]);
    }
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end != bytes.npos) expect_read_alike(bytes.substr(0, end + 4));
  }
}

// The decoded body of a chunked request, or "malformed" / "need more".
std::string chunked(const std::string& body, std::size_t step_bytes = 1 << 20) {
  using Kind = RequestParser::BodyStep::Kind;
  RequestParser parser;
  std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  if (!std::holds_alternative<RequestParser::Parsed>(parser.parse_head(head))) return "head";
  std::string decoded;
  std::string pending;
  std::size_t fed = 0;
  for (;;) {
    auto step = parser.parse_body(pending);
    decoded.append(step.piece);
    pending.erase(0, step.consumed);
    if (step.kind == Kind::malformed) return "malformed";
    if (step.kind == Kind::done) return decoded;
    if (step.kind == Kind::piece) continue;
    if (fed == body.size()) return "need more";
    std::size_t n = std::min(step_bytes, body.size() - fed);
    pending += body.substr(fed, n);
    fed += n;
  }
}

TEST(RequestParser, DecodesChunksHoweverTheyArrive) {
  for (std::size_t step : {1u, 2u, 3u, 7u, 1000u}) {
    EXPECT_EQ(chunked("5\r\nhello\r\n1;a=b\r\n!\r\n0\r\n\r\n", step), "hello!") << step;
    EXPECT_EQ(chunked("a\r\n0123456789\r\n0\r\nX: y\r\n\r\n", step), "0123456789") << step;
  }
}

TEST(RequestParser, DropsTrailerFields) {
  RequestParser parser;
  std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  parser.parse_head(head);
  auto step = parser.parse_body("0\r\nAuthorization: Bearer x\r\nHost: evil\r\n\r\n");
  EXPECT_EQ(step.kind, RequestParser::BodyStep::Kind::done);
  EXPECT_FALSE(parser.head().field("authorization"));
  EXPECT_EQ(parser.head().host, "h");
  EXPECT_EQ(parser.head().count("host"), 1u);
}

TEST(RequestParser, RefusesBrokenChunks) {
  for (const char* body :
       {"10000000000000005\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n", "5;a\nb\r\nhello\r\n0\r\n\r\n", "5;a=\"x\r\nhello\r\n0\r\n\r\n",
        "5\r\nhelloX\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "\r\n5\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello\r\n\n0\r\n\r\n"})
    EXPECT_EQ(chunked(body), "malformed") << body;
  EXPECT_EQ(chunked("5;" + std::string(9000, 'a')), "malformed");
  EXPECT_EQ(chunked("5;" + std::string(9000, 'a') + "\r\nhello\r\n0\r\n\r\n"), "malformed");
  EXPECT_EQ(chunked(std::string(40, '0') + "5\r\nhello\r\n0\r\n\r\n"), "malformed");
  EXPECT_EQ(chunked("8000000000000000\r\nhello"), "malformed");
  EXPECT_EQ(chunked("0\r\nA: b\r\n c\r\n\r\n"), "malformed");
  EXPECT_EQ(chunked("0\r\nA: " + std::string(20000, 'a') + "\r\n\r\n"), "malformed");
  EXPECT_EQ(chunked("0\r\n" + std::string(20000, 'a')), "malformed");
}

}  // namespace
}  // namespace signpost::net
