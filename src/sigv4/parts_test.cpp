// The artefacts of the standard, one by one.
#include <gtest/gtest.h>

#include <atomic>
#include <memory_resource>
#include <thread>

#include "base/digest.hpp"
#include "sigv4/amz_date.hpp"
#include "sigv4/authorization_header.hpp"
#include "sigv4/authorization_query.hpp"
#include "sigv4/canonical_request.hpp"
#include "sigv4/credential_scope.hpp"
#include "sigv4/encoding.hpp"
#include "sigv4/endpoint.hpp"
#include "sigv4/kept_key.hpp"
#include "sigv4/marks.hpp"
#include "sigv4/payload_hash.hpp"
#include "sigv4/rejection.hpp"
#include "sigv4/signed_fields.hpp"
#include "sigv4/signing_key_cache.hpp"
#include "sigv4/string_to_sign.hpp"

namespace signpost::sigv4 {
namespace {

TEST(AmzDate, ParsesAndFormats) {
  const auto date = AmzDate::parse("20130524T010203Z");
  ASSERT_TRUE(date);
  EXPECT_EQ(date->time().time_since_epoch().count(), 1369357323);
  EXPECT_EQ(date->text(), "20130524T010203Z");
  EXPECT_EQ(date->day(), "20130524");
  EXPECT_EQ(AmzDate(date->time()).text(), "20130524T010203Z");
  EXPECT_TRUE(AmzDate::parse("20240229T235959Z"));
}

TEST(AmzDate, RefusesEverythingElse) {
  for (const char* text :
       {"", "20130524", "20130524T010203", "20130524T010203z", "20130524t010203Z",
        "2013-05-24T01:02:03Z", "20131399T999999Z", "20130229T000000Z", "20130524T240000Z",
        "20130524T016003Z", "20130524T010260Z", " 20130524T010203Z", "20130524T010203Z ",
        "2013052-T010203Z", "+0130524T010203Z", "20130524T010203Z,20130524T010203Z"})
    EXPECT_FALSE(AmzDate::parse(text)) << text;
}

TEST(AmzDate, ClampsWhatHasNoFourDigitYear) {
  EXPECT_EQ(AmzDate(UnixSeconds(std::chrono::seconds(1LL << 40))).text(), "99991231T235959Z");
  EXPECT_EQ(AmzDate(UnixSeconds(-std::chrono::seconds(1LL << 40))).text(), "00000101T000000Z");
}

TEST(AmzDate, ParsesTheDateField) {
  for (const char* text : {"Fri, 24 May 2013 01:02:03 GMT", "Fri, 24 May 2013 01:02:03 -0000",
                           "Fri, 24 May 2013 01:02:03 +0000", "Fri, 24 May 2013 01:02:03 UTC"}) {
    const auto date = AmzDate::parse_http_date(text);
    ASSERT_TRUE(date) << text;
    EXPECT_EQ(date->text(), "20130524T010203Z");
  }
  for (const char* text : {"", "Fri, 24 May 2013 01:02:03", "Fri, 24 May 2013 01:02:03 +0100",
                           "Fri, 24 Foo 2013 01:02:03 GMT", "Fri, 24 anF 2013 01:02:03 GMT",
                           "Fri, 32 May 2013 01:02:03 GMT", "Fri, 24 May 2013 25:02:03 GMT",
                           "Xyz, 24 May 2013 01:02:03 GMT", "Friday, 24-May-13 01:02:03 GMT",
                           "Fri, 24 May 2013 01:02:03 GMT GMT"})
    EXPECT_FALSE(AmzDate::parse_http_date(text)) << text;
}

TEST(Credential, IsSplitFromTheRight) {
  const auto credential = Credential::parse("team/a/AKID/20130524/us-east-1/s3/aws4_request");
  ASSERT_TRUE(credential);
  EXPECT_EQ(credential->access_key_id, "team/a/AKID");
  EXPECT_EQ(credential->scope, (CredentialScope{"20130524", "us-east-1", "s3"}));
  EXPECT_EQ(credential->text(), "team/a/AKID/20130524/us-east-1/s3/aws4_request");
  EXPECT_EQ(credential->scope.text(), "20130524/us-east-1/s3/aws4_request");
}

TEST(Credential, NamesWhatIsWrong) {
  using enum CredentialError;
  const auto error = [](std::string_view text) { return Credential::parse(text).error(); };
  EXPECT_EQ(error(""), too_few_parts);
  EXPECT_EQ(error("20130524/us-east-1/s3/aws4_request"), too_few_parts);
  EXPECT_EQ(error("/20130524/us-east-1/s3/aws4_request"), empty_access_key);
  EXPECT_EQ(error("AKID/20130524/us-east-1/s3/aws4"), wrong_terminator);
  EXPECT_EQ(error("AKID/20130524/us-east-1/s3/"), wrong_terminator);
  EXPECT_EQ(error("AKID/20130532/us-east-1/s3/aws4_request"), malformed_day);
  EXPECT_EQ(error("AKID/2013052/us-east-1/s3/aws4_request"), malformed_day);
  EXPECT_EQ(error("AKID/2013052x/us-east-1/s3/aws4_request"), malformed_day);
}

TEST(AuthorizationHeader, TakesAnySeparatorAndOrder) {
  for (const char* text :
       {"AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0f",
        "AWS4-HMAC-SHA256 Credential=a/b,SignedHeaders=host,Signature=0f",
        "AWS4-HMAC-SHA256  Signature=0f ,\tSignedHeaders=host , Credential=a/b "}) {
    const auto header = AuthorizationHeader::parse(text);
    ASSERT_TRUE(header) << text;
    EXPECT_EQ(header->credential, "a/b");
    EXPECT_EQ(header->signed_headers, "host");
    EXPECT_EQ(header->signature, "0f");
  }
}

TEST(AuthorizationHeader, NamesWhatIsWrong) {
  const auto error = [](const std::string& rest) {
    const auto parsed = AuthorizationHeader::parse("AWS4-HMAC-SHA256" + rest);
    return parsed ? std::string("(accepted)") : parsed.error();
  };
  EXPECT_EQ(error(""), "a part is not of the form Name=Value: ''");
  EXPECT_EQ(error(" Credential=a, SignedHeaders=b"), "Signature is missing");
  EXPECT_EQ(error(" Credential=a, Signature=b"), "SignedHeaders is missing");
  EXPECT_EQ(error(" SignedHeaders=a, Signature=b"), "Credential is missing");
  EXPECT_EQ(error(" Credential=a, Credential=a, SignedHeaders=b, Signature=c"),
            "Credential appears twice");
  EXPECT_EQ(error(" Credential=a, SignedHeaders=b, Signature=c, X=1"), "an unknown part: 'X'");
  EXPECT_EQ(error(" credential=a, SignedHeaders=b, Signature=c"), "an unknown part: 'credential'");
  EXPECT_EQ(error(" Credential=a, SignedHeaders=b, Signature=c,"),
            "a part is not of the form Name=Value: ''");
}

TEST(SignedHeadersList, MustBeSortedLowerCaseAndUnique) {
  EXPECT_EQ(check_signed_headers("host"), "");
  EXPECT_EQ(check_signed_headers("content-type;host;x-amz-date"), "");
  EXPECT_EQ(check_signed_headers(""), "SignedHeaders is empty");
  EXPECT_EQ(check_signed_headers("host;"), "SignedHeaders has an empty name");
  EXPECT_EQ(check_signed_headers(";host"), "SignedHeaders has an empty name");
  EXPECT_EQ(check_signed_headers("host;host"), "SignedHeaders names a field twice");
  EXPECT_EQ(check_signed_headers("x-amz-date;host"), "SignedHeaders is not sorted");
  for (const char* list : {"Host", "host;X-amz-date", "host x-amz-date", "ho\nst", "h\xc3\xa9"})
    EXPECT_EQ(check_signed_headers(list),
              "SignedHeaders must hold names of fields in lower case, joined with ';'")
        << list;
}

TEST(Expires, IsAWholeNumberOfSecondsUpToAWeek) {
  EXPECT_EQ(parse_expires("0"), std::chrono::seconds(0));
  EXPECT_EQ(parse_expires("604800"), std::chrono::seconds(604800));
  for (const char* text : {"-1", "604801", "1e9", "60.5", "60abc", "", "2147483648", " 60", "+60",
                           "18446744073709551616", "-9223372036854775809", "0x10"})
    EXPECT_FALSE(parse_expires(text)) << text;
}

TEST(PayloadHash, IsAClosedSet) {
  using enum PayloadKind;
  EXPECT_EQ(PayloadHash::parse("UNSIGNED-PAYLOAD")->kind, unsigned_payload);
  EXPECT_EQ(PayloadHash::parse("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")->kind, streaming_signed);
  EXPECT_EQ(PayloadHash::parse("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")->kind,
            streaming_signed_trailer);
  EXPECT_EQ(PayloadHash::parse("STREAMING-UNSIGNED-PAYLOAD-TRAILER")->kind,
            streaming_unsigned_trailer);
  const auto hash =
      PayloadHash::parse("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  ASSERT_TRUE(hash);
  EXPECT_EQ(hash->kind, PayloadKind::sha256);
  EXPECT_EQ(hash->digest, signpost::sha256(""));
  EXPECT_FALSE(hash->is_streaming());
  for (const char* text :
       {"", "unsigned-payload", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER", "STREAMING-UNSIGNED-PAYLOAD",
        "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8550"})
    EXPECT_FALSE(PayloadHash::parse(text)) << text;
}

TEST(SignedFields, ShowsWhatIsSignedAlone) {
  const FieldView fields[] = {
      {"Host", "a"}, {"X-Amz-Acl", "private"}, {"Cookie", "c"}, {"x-amz-acl", "second"}};
  const SignedFields view(fields, "host;x-amz-acl");
  EXPECT_EQ(view.get("x-amz-ACL"), "private");
  EXPECT_EQ(view.get("host"), "a");
  EXPECT_FALSE(view.get("cookie"));
  EXPECT_FALSE(view.get("x-amz"));
  EXPECT_FALSE(view.covers(""));
  int count = 0;
  view.for_each([&](const FieldView& field) {
    EXPECT_NE(field.name, "Cookie");
    ++count;
  });
  EXPECT_EQ(count, 3);
}

TEST(Endpoint, TakesHostsPortsAndLiterals) {
  const auto parse = [](std::string_view url) {
    return Endpoint::parse(url, Addressing::virtual_host);
  };
  EXPECT_EQ(parse("https://S3.Example.com/")->host("b"), "b.s3.example.com");
  EXPECT_EQ(parse("https://s3.example.com:443")->host(""), "s3.example.com");
  EXPECT_EQ(parse("https://s3.example.com:443")->authority(), "s3.example.com:443");
  EXPECT_EQ(parse("http://s3.example.com:443")->host(""), "s3.example.com:443");
  EXPECT_EQ(parse("http://[::1]:80")->host(""), "[::1]");
  EXPECT_EQ(parse("http://[::1]:9000")->host(""), "[::1]:9000");
  EXPECT_EQ(Endpoint::parse("http://127.0.0.1:9000", Addressing::path_style)->host("b"),
            "127.0.0.1:9000");
}

TEST(Endpoint, NamesWhatIsWrong) {
  using enum EndpointError;
  const auto error = [](std::string_view url) {
    const auto endpoint = Endpoint::parse(url, Addressing::path_style);
    EXPECT_FALSE(endpoint) << url;
    return endpoint ? no_scheme : endpoint.error();
  };
  EXPECT_EQ(error(""), no_scheme);
  EXPECT_EQ(error("s3.example.com"), no_scheme);
  EXPECT_EQ(error("ftp://s3.example.com"), no_scheme);
  EXPECT_EQ(error("https://a/b"), has_path);
  EXPECT_EQ(error("https://a?b"), has_path);
  EXPECT_EQ(error("https://a#b"), has_path);
  for (const char* url :
       {"https://", "https://:80", "https://a:", "https://a:0", "https://a:65536", "https://a:8o",
        "https://user@a", "https://a b", "https://[::1", "https://[x]", "https://a:1:2"})
    EXPECT_EQ(error(url), bad_authority) << url;
}

TEST(CanonicalText, DecodesOnceAndEncodesOnce) {
  std::pmr::monotonic_buffer_resource memory;
  const auto path = [&](std::string_view raw) { return canonical_text(raw, Slash::keep, memory); };
  EXPECT_EQ(path("/a%2Fb%2fc/d"), "/a/b/c/d");
  EXPECT_EQ(path("/a+b"), "/a%2Bb");
  EXPECT_EQ(path("/%7e%41%c3%a9"), "/~A%C3%A9");
  EXPECT_EQ(path("/a b\xff"), "/a%20b%FF");
  EXPECT_EQ(path("/%2525"), "/%2525");
  EXPECT_EQ(path("/%00"), "/%00");
  EXPECT_FALSE(path("/%"));
  EXPECT_FALSE(path("/%4"));
  EXPECT_FALSE(path("/%4g"));
  EXPECT_FALSE(path("/%g4"));
  EXPECT_EQ(canonical_text("a/b", Slash::encode, memory), "a%2Fb");
  const std::string_view canonical = "/photos/a%20b.jpg";
  EXPECT_EQ(path(canonical)->data(), canonical.data());
  EXPECT_EQ(decoded_text("a%2Fb", memory), "a/b");
}

TEST(CanonicalUri, S3NeverNormalizes) {
  std::pmr::monotonic_buffer_resource memory;
  for (const char* path : {"/a//b", "/a/./b", "/a/../b", "//", "/..", "/a/"})
    EXPECT_EQ(canonical_uri(path, PathRule::s3, memory), path);
  EXPECT_EQ(canonical_uri("", PathRule::s3, memory), "/");
  EXPECT_EQ(canonical_uri("/a//b/./c/../d/", PathRule::normalized, memory), "/a/b/d/");
  EXPECT_EQ(canonical_uri("/../..", PathRule::normalized, memory), "/");
}

TEST(CanonicalQuery, SortsByNameThenValue) {
  std::pmr::monotonic_buffer_resource memory;
  EncodedPair pairs[] = {{"a-b", "1"}, {"b", ""},  {"a", "2"},
                         {"a", "10"},  {"A", "3"}, {"a%20", ""}};
  EXPECT_EQ(canonical_query(pairs, memory), "A=3&a=10&a=2&a%20=&a-b=1&b=");
  EXPECT_EQ(canonical_query({}, memory), "");
}

TEST(CanonicalRequest, TrimsCollapsesAndJoinsFields) {
  const FieldView fields[] = {{"X-B", "  two   spaces\tand tab "}, {"x-a", ""}, {"x-b", "again"}};
  const CanonicalRequest request{.method = "GET",
                                 .uri = "/",
                                 .query = "",
                                 .fields = fields,
                                 .signed_headers = "x-a;x-b",
                                 .payload_hash = "UNSIGNED-PAYLOAD"};
  EXPECT_EQ(request.text(),
            "GET\n/\n\nx-a:\nx-b:two spaces and tab,again\n\nx-a;x-b\nUNSIGNED-PAYLOAD");
  EXPECT_EQ(request.hash(), sha256(request.text()));
}

// Every length about a block's and the buffer's end, as values of all sizes make it.
TEST(CanonicalRequest, HashesWhatItsTextSays) {
  for (std::size_t length = 0; length < 2200; ++length) {
    const std::string value(length, 'v');
    const FieldView fields[] = {{"a", value}};
    const CanonicalRequest request{
        .method = "GET", .uri = "/", .fields = fields, .signed_headers = "a", .payload_hash = "x"};
    EXPECT_EQ(request.hash(), sha256(request.text())) << length;
  }
}

TEST(CanonicalRequest, FindsWhiteSpaceAnywhere) {
  for (std::size_t at = 1; at < 20; ++at) {
    for (const char space : {' ', '\t', '\r', '\n', '\v', '\f'}) {
      std::string value(21, 'v'), expected = value;
      value[at] = space;
      expected[at] = ' ';
      const FieldView fields[] = {{"a", value}};
      const CanonicalRequest request{
          .method = "GET", .fields = fields, .signed_headers = "a", .payload_hash = "x"};
      EXPECT_EQ(request.text(), "GET\n\n\na:" + expected + "\n\na\nx");
    }
  }
}

TEST(CanonicalRequest, HashesLongTextsInPieces) {
  for (const std::size_t length : {1000u, 1023u, 1024u, 1025u, 2047u, 2048u, 2049u, 5000u}) {
    const std::string uri(length, 'u'), value(length, 'v');
    const FieldView fields[] = {{"a", value}};
    const CanonicalRequest request{.method = "GET",
                                   .uri = uri,
                                   .query = uri,
                                   .fields = fields,
                                   .signed_headers = "a",
                                   .payload_hash = "x"};
    EXPECT_EQ(request.hash(), sha256(request.text()));
  }
}

TEST(StringToSign, HasFourLinesForAnyScope) {
  for (const std::size_t length : {1u, 100u, 1000u}) {
    const std::string scope(length, 's');
    const StringToSign text(*AmzDate::parse("20130524T000000Z"), scope, sha256(""));
    EXPECT_EQ(text.text(),
              "AWS4-HMAC-SHA256\n20130524T000000Z\n" + scope +
                  "\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }
}

TEST(ParsedQuery, KnowsTheOrderOfTheParametersOfASignature) {
  for (std::size_t i = 0; i < auth_parameters; ++i) {
    for (std::size_t k = 0; k < auth_parameters; ++k) {
      const auto first = parameter_name(static_cast<AuthParameter>(i));
      const auto second = parameter_name(static_cast<AuthParameter>(k));
      if (i == k || first == "X-Amz-Signature" || second == "X-Amz-Signature") continue;
      std::array<std::byte, 4096> stack;
      std::pmr::monotonic_buffer_resource memory(stack.data(), stack.size());
      const std::string query = std::string(first) + "=1&" + std::string(second) + "=2";
      EncodedPair pairs[] = {{first, "1"}, {second, "2"}};
      EXPECT_EQ(ParsedQuery::parse(query, memory)->canonical(memory),
                canonical_query(pairs, memory));
    }
  }
}

// At every place, in texts of every length around the sixteen bytes that are looked at together.
TEST(Marks, FindsEveryByteThatIsNotPlain) {
  const auto found_in = [](std::string_view text) {
    std::vector<std::size_t> found;
    Marks<'/'> marks(text);
    for (std::size_t at = marks.next(); at < text.size(); at = marks.next()) found.push_back(at);
    EXPECT_EQ(marks.next(), text.size()) << "the end stays the end";
    return found;
  };
  const std::string plain = "azAZ09-._~/bcdefghijklmnopqrstuvwxyBCDEFGHIJKLMNOPQRSTUVWXY12345678";
  for (std::size_t size = 0; size <= plain.size(); ++size) {
    std::string text = plain.substr(0, size);
    EXPECT_EQ(found_in(text), std::vector<std::size_t>());
    for (std::size_t first = 0; first < size; ++first) {
      text[first] = '%';
      EXPECT_EQ(found_in(text), std::vector<std::size_t>({first})) << size;
      text.back() = '&';
      if (first + 1 < size)
        EXPECT_EQ(found_in(text), std::vector<std::size_t>({first, size - 1})) << size;
      text = plain.substr(0, size);
    }
  }
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    const bool is_plain = byte != 0 && plain.find(text) != std::string::npos;
    EXPECT_EQ(found_in(text).empty(), is_plain) << byte;
    EXPECT_EQ(found_in(std::string(20, static_cast<char>(byte))).empty(), is_plain) << byte;
  }
}

TEST(KeptKey, GivesEachDayAndSecretItsOwnKeyToAllThreads) {
  KeptKey kept;
  const Secret one("one"), two("two");
  const std::pair<const Secret*, CredentialScope> wanted[] = {
      {&one, {"20130524", "us-east-1", "s3"}},
      {&one, {"20130525", "us-east-1", "s3"}},
      {&two, {"20130525", "us-east-1", "s3"}}};
  std::vector<SigningKey> keys;
  for (const auto& [secret, scope] : wanted) keys.emplace_back(*secret, scope);
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (unsigned start = 0; start < 4; ++start)
    threads.emplace_back([&, start] {
      for (std::size_t i = start; i < 3000; ++i) {
        const std::size_t n = i / (1 + start) % 3;
        const SigningKey key = kept.get(*wanted[n].first, wanted[n].second);
        if (key.words() != keys[n].words()) ++wrong;
      }
    });
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

TEST(SigningKeyCache, NeverReturnsAnotherKey) {
  SigningKeyCache cache;
  const auto sign = [&](const char* secret, const CredentialScope& scope) {
    const auto shared = std::make_shared<const Secret>(secret);
    EXPECT_EQ(cache.get(shared, scope).words(), cache.get(shared, scope).words());
    return std::string(cache.get(shared, scope).sign("text").hex());
  };
  const auto fresh = [](const char* secret, const CredentialScope& scope) {
    return std::string(SigningKey(Secret(secret), scope).sign("text").hex());
  };
  const CredentialScope monday{"20130524", "us-east-1", "s3"};
  const CredentialScope tuesday{"20130525", "us-east-1", "s3"};
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 200; ++i) {
      const std::string one = "one" + std::to_string(i);
      EXPECT_EQ(sign(one.c_str(), monday), fresh(one.c_str(), monday));
      EXPECT_EQ(sign("two", monday), fresh("two", monday)) << "a rotated secret";
      EXPECT_EQ(sign("two", tuesday), fresh("two", tuesday));
    }
  }
}

TEST(Refusal, EveryOneHasACodeAndAStatus) {
  for (int i = 0; i <= static_cast<int>(Refusal::signature_mismatch); ++i) {
    const auto refusal = static_cast<Refusal>(i);
    EXPECT_FALSE(s3_code(refusal).empty());
    EXPECT_TRUE(http_status(refusal) == 400 || http_status(refusal) == 403);
  }
}

}  // namespace
}  // namespace signpost::sigv4
