#include "log/redact.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace signpost::log {
namespace {

constexpr std::string_view signature =
    "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

void expect_hidden(const std::string& text, std::string_view secret) {
  ASSERT_NE(text.find(secret), std::string::npos) << "the sample lacks its own secret";
  EXPECT_EQ(redact(text).find(secret), std::string::npos) << redact(text);
}

TEST(Redact, LeavesAnOrdinaryLineAlone) {
  for (const char* line :
       {"", "ready at http://localhost:8080", "PUT /photos/a%20b.jpg 200 in 3 ms: 12 bytes",
        "token: expired", "the signature: host is not signed", "secret sauce", "tokens=5",
        "es: e=s", "cannot open \"/tmp/x\": No such file or directory", "grüße, 世界",
        "eyJust a word", "sgn_short", "a > b", "100% of 5%"}) {
    EXPECT_EQ(redact(line), line);
  }
}

TEST(Redact, HidesTheSignedPartsOfAUrl) {
  EXPECT_EQ(redact("GET /b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20261124&"
                   "X-Amz-Expires=60&X-Amz-Signature=" +
                   std::string(signature) + "&x-signpost-ticket=abcd HTTP/1.1"),
            "GET /b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=***&X-Amz-Expires=60&"
            "X-Amz-Signature=***&x-signpost-ticket=*** HTTP/1.1");
  EXPECT_EQ(redact("?X-Amz-Security-Token=IQoJb3%2F%2B&x=1"), "?X-Amz-Security-Token=***&x=1");
}

TEST(Redact, WhateverTheCaseOrEncodingOfTheName) {
  const std::string s(signature);
  expect_hidden("/k?x-amz-signature=" + s, s);
  expect_hidden("/k?X-AMZ-SIGNATURE=" + s, s);
  expect_hidden("/k?X%2DAmz%2dSignature=" + s, s);
  expect_hidden("/k?%58%2D%41mz%2DSignatur%65=" + s, s);
  expect_hidden("/k?%2558-Amz-Signature=" + s, s);
  expect_hidden("/login?next=https%3A%2F%2Fh%2Fk%3FX-Amz-Signature%3D" + s + "%26a%3Db", s);
  expect_hidden("/login?next=https%253A%252F%252Fh%253FX-Amz-Signature%253D" + s, s);
  expect_hidden("{\"x\\u002damz-signature\":\"" + s + "\"}", s);
  expect_hidden("x-amz-signature = '" + s + "'", s);
  // A long key before the name does not push it out of sight.
  expect_hidden("/" + std::string(4000, 'k') + "?X-Amz-Signature=" + s, s);
  expect_hidden("/" + std::string(4000, 'k') + "%3FX-Amz-Signature%3D" + s, s);
}

TEST(Redact, HidesCredentialHeadersToTheEndOfTheLine) {
  EXPECT_EQ(redact("Authorization: AWS4-HMAC-SHA256 Credential=AK/x, Signature=ff\nHost: a"),
            "Authorization: ***\\nHost: a");
  EXPECT_EQ(redact("authorization:Basic YWRtaW46aHVudGVyMg=="), "authorization:***");
  EXPECT_EQ(redact("Proxy-Authorization: Basic QWxhZGRpbg=="), "Proxy-Authorization: ***");
  EXPECT_EQ(redact("COOKIE: session=abc; other=def\r\nA: b"), "COOKIE: ***\\r\\nA: b");
  EXPECT_EQ(redact("set-cookie: __Host-signpost=abc; Path=/"), "set-cookie: ***");
  EXPECT_EQ(redact("x-amz-security-token:abc def"), "x-amz-security-token:***");
  EXPECT_EQ(redact("{\"cookie\": \"a=b; c=\\\"d\\\"\", \"host\": \"h\"}"),
            "{\"cookie\": \"***\", \"host\": \"h\"}");
}

TEST(Redact, HidesMembersOfJsonAndForms) {
  EXPECT_EQ(redact(R"({"username":"admin","password":"hun\"ter2","a":1})"),
            R"({"username":"admin","password":"***","a":1})");
  EXPECT_EQ(redact(R"("{\"password\":\"hunter2\",\"a\":1}")"),
            R"("{\"password\":\"***\",\"a\":1}")");
  expect_hidden("username=admin&password=hunter2&x=1", "hunter2");
  expect_hidden("{'new_password': 'hunter2'}", "hunter2");
  expect_hidden("{\"Password\" : [\"hunter2\"]}", "hunter2");
  expect_hidden("password: a phrase of hunter2", "hunter2");
  expect_hidden("secret_access_key = \"hunter2\"", "hunter2");
  expect_hidden("SIGNPOST__STORE__SECRET_ACCESS_KEY=hunter2", "hunter2");
  expect_hidden("{\"secretAccessKey\":\"hunter2\"}", "hunter2");
  expect_hidden("{\"token\": \"hunter2\"}", "hunter2");
  expect_hidden("{\"password\":\"hunter2", "hunter2");  // cut short
  expect_hidden("<SignatureProvided>hunter2</SignatureProvided>", "hunter2");
  EXPECT_EQ(redact("<Code>x</Code><SecretAccessKey>y</SecretAccessKey>"),
            "<Code>x</Code><SecretAccessKey>***</SecretAccessKey>");
}

TEST(Redact, HidesTokensWithoutAName) {
  const std::string jwt =
      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P";
  EXPECT_EQ(redact("Bearer " + jwt + " refused"), "Bearer *** refused");
  EXPECT_EQ(redact("(" + jwt + ")"), "(***)");
  EXPECT_EQ(redact("/v1/session?t=eyJhbGciOiJIUzI1NiJ9%2EeyJzdWIiOiIx%2Edozj!"),
            "/v1/session?t=***!");
  EXPECT_EQ(redact("saw sgn_0123456789abcdefABCDEF-_ twice"), "saw *** twice");
  EXPECT_EQ(redact("SGN_0123456789abcdef"), "***");
  EXPECT_EQ(redact("a=sgn%5F0123456789abcdef"), "a=***");
}

TEST(Redact, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(redact("a\nb\rc\td"), "a\\nb\\rc\\td");
  EXPECT_EQ(redact("\x1b[31mred\x7f"), "\\x1b[31mred\\x7f");
  EXPECT_EQ(redact(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(redact("\xff\xc3\xa4"), "\\xff\\xc3\\xa4");
  EXPECT_EQ(redact("\xc2\x9b"
                   "2J"),
            "\\xc2\\x9b2J");
  EXPECT_EQ(redact("\xc2\xa0ok"), "\xc2\xa0ok");
}

// A line made to be slow costs no more than a bounded look back for each separator.
TEST(Redact, StaysLinear) {
  std::string hostile;
  for (int i = 0; i < 20'000; ++i) hostile += "%3D";
  for (int i = 0; i < 20'000; ++i) hostile += "eyJ.";
  const auto begin = std::chrono::steady_clock::now();
  redact(hostile);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace signpost::log
