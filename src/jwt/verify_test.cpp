#include "jwt/verify.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "base/limits.hpp"
#include "testing/jwt_signer.hpp"

namespace signpost::jwt {
namespace {

using testing::compact;
using testing::hs256_token;
using testing::JwtSigner;

const std::string secret(32, 's');
constexpr std::string_view header = R"({"alg":"HS256","typ":"JWT"})";
const UnixSeconds now{std::chrono::seconds(1'800'000'000)};

Issuer issuer(std::vector<Algorithm> algorithms = {Algorithm::HS256}) {
  return {.name = "app",
          .issuer = "https://auth.example.com/",
          .audience = "files",
          .algorithms = std::move(algorithms)};
}

Verifier verifier() {
  return *Verifier::make(issuer(), KeySet({*Key::hs256(Secret(secret))}));
}

// The claims of a good token with `more` (",..." ) after them.
std::string claims(std::string_view more = "", std::string_view exp = "1800000600") {
  return R"({"iss":"https://auth.example.com/","aud":"files","sub":"ann","exp":)" +
         std::string(exp) + std::string(more) + "}";
}

JwtError error_of(const Verifier& v, std::string_view token) {
  auto result = v.verify(token, now);
  EXPECT_FALSE(result) << token;
  return result ? JwtError{} : result.error();
}
JwtError error_of(std::string_view payload) {
  return error_of(verifier(), hs256_token(secret, header, payload));
}
JwtError header_error(std::string_view h) {
  return error_of(verifier(), hs256_token(secret, h, claims()));
}

TEST(Verify, AGoodToken) {
  auto token = hs256_token(secret, header, claims(R"(,"groups":["a","b"])"));
  auto result = verifier().verify(token, now);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->issuer_name, "app");
  EXPECT_EQ(result->subject, "ann");
  EXPECT_EQ(result->groups, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(result->expires_at, now + std::chrono::seconds(600));
  EXPECT_EQ(unverified_issuer(token), "https://auth.example.com/");
}

// RFC 7515 appendix A.1: a token that somebody else made.
TEST(Verify, TheExampleOfRfc7515) {
  constexpr std::string_view token =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
      ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
      "cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  auto key = base64url_decode(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  auto parsed = parse(token);
  ASSERT_TRUE(parsed && key);
  EXPECT_TRUE(Key::hs256(Secret(*key))->verifies(parsed->signed_part, parsed->signature));
  EXPECT_FALSE(Key::hs256(Secret(secret))->verifies(parsed->signed_part, parsed->signature));
}

TEST(Verify, EveryAlgorithm) {
  struct Case {
    JwtSigner::Kind kind;
    Algorithm algorithm;
  };
  for (Case c : {Case{JwtSigner::Kind::rsa_2048, Algorithm::RS256},
                 Case{JwtSigner::Kind::p256, Algorithm::ES256},
                 Case{JwtSigner::Kind::ed25519, Algorithm::EdDSA}}) {
    JwtSigner signer(c.kind);
    std::string h = R"({"alg":")" + std::string(to_text(c.algorithm)) + R"(","kid":"k1"})";
    auto keys = KeySet::parse_jwks(R"({"keys":[{)" + signer.jwk_members() + R"(,"kid":"k1"}]})");
    ASSERT_TRUE(keys);
    auto v = Verifier::make(issuer({c.algorithm}), *keys);
    ASSERT_TRUE(v);
    std::string token = signer.token(h, claims());
    EXPECT_TRUE(v->verify(token, now)) << h;
    // Another key pair of the same kind under the same name.
    EXPECT_EQ(error_of(*v, JwtSigner(c.kind).token(h, claims())), JwtError::bad_signature);
    // The signature of other claims.
    std::string other = base64url_encode(h) + "." + base64url_encode(claims(R"(,"admin":true)")) +
                        token.substr(token.rfind('.'));
    EXPECT_EQ(error_of(*v, other), JwtError::bad_signature);
    EXPECT_TRUE(Verifier::make(issuer({c.algorithm}), KeySet({*Key::from_pem(signer.pem())}))
                    ->verify(token, now));
  }
}

TEST(VerifyF1, NoSignature) {
  for (std::string_view alg : {"none", "None", "nOnE", "NONE"}) {
    std::string h = R"({"alg":")" + std::string(alg) + R"("})";
    EXPECT_EQ(error_of(verifier(), compact(h, claims(), "")), JwtError::malformed);
    EXPECT_EQ(error_of(verifier(), compact(h, claims(), "x")), JwtError::unsupported_algorithm);
    EXPECT_EQ(header_error(h), JwtError::unsupported_algorithm);
  }
  EXPECT_EQ(error_of(verifier(), compact(header, claims(), "")), JwtError::malformed);
  EXPECT_EQ(error_of(verifier(), base64url_encode(header) + "." + base64url_encode(claims())),
            JwtError::malformed);
  EXPECT_EQ(header_error(R"({"alg":"hs256"})"), JwtError::unsupported_algorithm);
  EXPECT_EQ(header_error(R"({"alg":["HS256"]})"), JwtError::malformed);
  EXPECT_EQ(header_error(R"({"typ":"JWT"})"), JwtError::malformed);
}

TEST(VerifyF2, APublicKeyIsNoSecret) {
  JwtSigner rsa(JwtSigner::Kind::rsa_2048);
  std::string jwk = "{" + rsa.jwk_members() + "}";
  KeySet keys = *KeySet::parse_jwks(R"({"keys":[)" + jwk + "]}");
  // Even where the operator allowed HS256 beside it.
  for (auto algorithms :
       {std::vector{Algorithm::RS256}, std::vector{Algorithm::RS256, Algorithm::HS256}}) {
    Verifier v = *Verifier::make(issuer(algorithms), keys);
    for (const std::string& s :
         {rsa.pem(), "\n" + rsa.pem(), " " + rsa.pem() + " ", rsa.der(), jwk}) {
      auto result = v.verify(hs256_token(s, header, claims()), now);
      EXPECT_FALSE(result);
    }
  }
}

TEST(VerifyF3, AKeyWithoutAlgHasTheOneOfItsKind) {
  std::string document = R"({"keys":[{"kty":"oct","k":")" + base64url_encode(secret) + R"("}]})";
  EXPECT_FALSE(KeySet::parse_jwks(document));
  Key key = *Key::hs256(Secret(secret));
  EXPECT_EQ(key.algorithm(), Algorithm::HS256);
  Verifier v = *Verifier::make(issuer({Algorithm::HS256, Algorithm::RS256}), KeySet({key}));
  // The secret is no key for RS256, whatever the header says.
  EXPECT_EQ(error_of(v, hs256_token(secret, R"({"alg":"RS256"})", claims())),
            JwtError::unknown_key);
}

TEST(VerifyF4, EcdsaSignatures) {
  JwtSigner ec(JwtSigner::Kind::p256);
  constexpr std::string_view h = R"({"alg":"ES256"})";
  Verifier v = *Verifier::make(issuer({Algorithm::ES256}), KeySet({*Key::from_pem(ec.pem())}));
  std::string token = ec.token(h, claims());
  ASSERT_TRUE(v.verify(token, now));
  std::string good = *base64url_decode(token.substr(token.rfind('.') + 1));
  std::string input = token.substr(0, token.rfind('.'));
  std::string order = *base64url_decode("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE");
  std::string zero(32, '\0');
  for (const std::string& bad :
       {zero + zero, zero + good.substr(32), good.substr(0, 32) + zero, order + good.substr(32),
        good.substr(0, 32) + order, good.substr(0, 63), good + "x", ec.sign(input)})
    EXPECT_EQ(error_of(v, input + "." + base64url_encode(bad)), JwtError::bad_signature);
}

TEST(VerifyF5, NonCanonicalS) {
  JwtSigner ed(JwtSigner::Kind::ed25519);
  Verifier v = *Verifier::make(issuer({Algorithm::EdDSA}), KeySet({*Key::from_pem(ed.pem())}));
  std::string token = ed.token(R"({"alg":"EdDSA"})", claims());
  ASSERT_TRUE(v.verify(token, now));
  std::string signature = *base64url_decode(token.substr(token.rfind('.') + 1));
  // S + L, the group's order: the same point, another text (RFC 8032 section 5.1.7).
  const std::string order = *base64url_decode("7dP1XBpjEljWnPei3vneFAAAAAAAAAAAAAAAAAAAABA");
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned char>(signature[32 + i]);
    carry += static_cast<unsigned char>(order[i]);
    signature[32 + i] = static_cast<char>(carry & 0xff);
    carry >>= 8;
  }
  EXPECT_EQ(error_of(v, token.substr(0, token.rfind('.') + 1) + base64url_encode(signature)),
            JwtError::bad_signature);
}

TEST(VerifyF6, Crit) {
  for (std::string_view crit : {R"(["bork"])", "[]", R"(["exp"])", "null", R"("b64")"})
    EXPECT_EQ(header_error(R"({"alg":"HS256","crit":)" + std::string(crit) + "}"),
              JwtError::critical_extension);
  EXPECT_EQ(header_error(R"({"alg":"HS256","b64":false})"), JwtError::critical_extension);
}

TEST(VerifyF7, KeysInTheHeaderAreNeverLookedAt) {
  JwtSigner attacker(JwtSigner::Kind::rsa_2048);
  JwtSigner ours(JwtSigner::Kind::rsa_2048);
  Verifier v = *Verifier::make(issuer({Algorithm::RS256}), KeySet({*Key::from_pem(ours.pem())}));
  for (const std::string& member :
       {R"("jwk":{)" + attacker.jwk_members() + "}", std::string(R"("jku":"http://127.0.0.1/k")"),
        std::string(R"("x5u":"http://127.0.0.1/c")"), std::string(R"("x5c":["AAAA"])")}) {
    std::string h = R"({"alg":"RS256",)" + member + "}";
    EXPECT_EQ(error_of(v, attacker.token(h, claims())), JwtError::bad_signature);
    EXPECT_TRUE(v.verify(ours.token(h, claims()), now));
  }
}

TEST(VerifyF8, Kid) {
  Verifier v = *Verifier::make(issuer(), KeySet({*Key::hs256(Secret(secret), "k1")}));
  auto with = [](std::string_view kid) {
    return hs256_token(secret, R"({"alg":"HS256","kid":)" + std::string(kid) + "}", claims());
  };
  EXPECT_TRUE(v.verify(with(R"("k1")"), now));
  EXPECT_TRUE(v.verify(hs256_token(secret, header, claims()), now));
  for (std::string_view kid :
       {R"("../../dev/null")", R"("' OR 1=1 --")", R"("k1\u0000")", R"("K1")"})
    EXPECT_EQ(error_of(v, with(kid)), JwtError::unknown_key);
  for (std::string_view kid : {R"(["k1"])", "7", "null", "{}"})
    EXPECT_EQ(error_of(v, with(kid)), JwtError::malformed);
  EXPECT_EQ(error_of(v, with('"' + std::string(1 << 20, 'k') + '"')), JwtError::too_long);
}

TEST(VerifyF9, Exp) {
  EXPECT_EQ(error_of(R"({"iss":"https://auth.example.com/","aud":"files","sub":"ann"})"),
            JwtError::missing_expiry);
  for (std::string_view exp : {"1800000000", "1799999999", "0"})
    EXPECT_EQ(error_of(claims("", exp)), JwtError::expired) << exp;
  for (std::string_view exp : {R"("1800000600")", "1800000600.0", "1.8e10", "-1", "null", "true",
                               "253402300800", "99999999999999999999", "[1800000600]"})
    EXPECT_EQ(error_of(claims("", exp)), JwtError::bad_claim) << exp;
  EXPECT_EQ(error_of(claims("", "1e400")), JwtError::malformed);
  EXPECT_TRUE(verifier().verify(hs256_token(secret, header, claims("", "1800000001")), now));
}

TEST(VerifyF10, NotBeforeAndIssuedAt) {
  for (std::string_view name : {"nbf", "iat"}) {
    auto with = [&](std::string_view value) {
      return claims(",\"" + std::string(name) + "\":" + std::string(value));
    };
    EXPECT_TRUE(verifier().verify(hs256_token(secret, header, with("1800000030")), now));
    EXPECT_EQ(error_of(with("1800000031")), JwtError::not_yet_valid);
    EXPECT_EQ(error_of(with(R"("1800000000")")), JwtError::bad_claim);
    EXPECT_EQ(error_of(with("1.5")), JwtError::bad_claim);
  }
}

TEST(VerifyF11, IssuerAndAudience) {
  auto with = [](std::string_view iss, std::string_view aud) {
    return R"({"sub":"ann","exp":1800000600,"iss":)" + std::string(iss) + R"(,"aud":)" +
           std::string(aud) + "}";
  };
  constexpr std::string_view iss = R"("https://auth.example.com/")";
  EXPECT_TRUE(verifier().verify(hs256_token(secret, header, with(iss, R"(["x","files"])")), now));
  for (std::string_view bad : {R"("https://auth.example.com")", R"("HTTPS://auth.example.com/")",
                               "7", "null", R"(["https://auth.example.com/"])"})
    EXPECT_EQ(error_of(with(bad, R"("files")")), JwtError::wrong_issuer) << bad;
  for (std::string_view bad : {R"("file")", R"("files ")", R"(["x"])", "[]", R"("")"})
    EXPECT_EQ(error_of(with(iss, bad)), JwtError::wrong_audience) << bad;
  for (std::string_view bad : {"7", "null", R"(["files",7])", R"({"files":1})"})
    EXPECT_EQ(error_of(with(iss, bad)), JwtError::bad_claim) << bad;
  EXPECT_EQ(error_of(R"({"iss":"https://auth.example.com/","sub":"ann","exp":1800000600})"),
            JwtError::wrong_audience);
}

TEST(VerifyF12, Duplicates) {
  EXPECT_EQ(error_of(claims(R"(,"sub":"bob")")), JwtError::duplicate_member);
  EXPECT_EQ(error_of(claims(R"(,"s\u0075b":"bob")")), JwtError::duplicate_member);
  EXPECT_EQ(error_of(claims(R"(,"x":{"y":1,"y":1})")), JwtError::duplicate_member);
  EXPECT_EQ(header_error(R"({"alg":"none","alg":"HS256"})"), JwtError::duplicate_member);
}

TEST(VerifyF13, Base64) {
  std::string good = hs256_token(secret, header, claims());
  ASSERT_TRUE(verifier().verify(good, now));
  for (const std::string& bad : {good + "=", good + "==", good + ".", good + ".e30", " " + good,
                                 good + " ", good + "\n", "." + good})
    EXPECT_EQ(error_of(verifier(), bad), JwtError::malformed) << bad;
  EXPECT_EQ(error_of(verifier(), good + "A"), JwtError::bad_signature);
  // '+' and '/' are the other alphabet.
  std::string plus = good;
  plus[good.rfind('.') + 3] = '+';
  EXPECT_EQ(error_of(verifier(), plus), JwtError::malformed);
  // Bits beyond the last byte: the same bytes in another spelling.
  std::string bits = good;
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  bits.back() = alphabet[alphabet.find(bits.back()) ^ 1];
  EXPECT_EQ(error_of(verifier(), bits), JwtError::malformed);
  for (std::string_view bad : {"", ".", "..", "...", "a.b", "a.b.c"})
    EXPECT_EQ(error_of(verifier(), bad), JwtError::malformed) << bad;
}

TEST(VerifyF14, SizeAndDepth) {
  EXPECT_EQ(error_of(verifier(), std::string(limits::token_bytes + 1, 'a')), JwtError::too_long);
  std::string deep = std::string(1000, '[') + std::string(1000, ']');
  EXPECT_EQ(error_of(claims(",\"x\":" + deep)), JwtError::malformed);
  EXPECT_EQ(header_error(R"({"alg":"HS256","x":)" + deep + "}"), JwtError::malformed);
}

TEST(VerifyF15, Purpose) {
  for (std::string_view typ :
       {R"("share+jwt")", R"("upload+jwt")", R"("logout+jwt")", "7", R"("")"})
    EXPECT_EQ(header_error(R"({"alg":"HS256","typ":)" + std::string(typ) + "}"),
              JwtError::wrong_type);
  for (std::string_view typ : {"JWT", "jwt", "at+jwt", "application/at+jwt"}) {
    std::string h = R"({"alg":"HS256","typ":")" + std::string(typ) + R"("})";
    EXPECT_TRUE(verifier().verify(hs256_token(secret, h, claims()), now)) << typ;
  }
  for (std::string_view more : {R"(,"typ":"Refresh")", R"(,"typ":"ID")", R"(,"token_use":"id")"})
    EXPECT_EQ(error_of(claims(more)), JwtError::wrong_type);
  EXPECT_TRUE(verifier().verify(hs256_token(secret, header, claims(R"(,"typ":"Bearer")")), now));
}

TEST(Verify, SubjectAndGroups) {
  auto with = [](std::string_view members) {
    return R"({"iss":"https://auth.example.com/","aud":"files","exp":1800000600)" +
           std::string(members) + "}";
  };
  EXPECT_EQ(error_of(with("")), JwtError::bad_subject);
  for (std::string_view sub : {R"("")", "7", "null", R"("a\u0000b")", R"("a\nb")"})
    EXPECT_EQ(error_of(with(",\"sub\":" + std::string(sub))), JwtError::bad_subject) << sub;
  EXPECT_EQ(error_of(with(",\"sub\":\"" + std::string(256, 's') + '"')), JwtError::bad_subject);
  for (std::string_view groups : {R"("a")", "[1]", "{}"})
    EXPECT_EQ(error_of(claims(",\"groups\":" + std::string(groups))), JwtError::bad_claim);

  Issuer numbered = issuer();
  numbered.subject_claim = "user_id";
  Verifier v = *Verifier::make(numbered, KeySet({*Key::hs256(Secret(secret))}));
  EXPECT_EQ(v.verify(hs256_token(secret, header, claims(R"(,"user_id":42)")), now)->subject, "42");
}

TEST(Verifier, RefusesAnIssuerThatProtectsNothing) {
  KeySet keys({*Key::hs256(Secret(secret))});
  auto error = [&](auto change) {
    Issuer changed = issuer();
    change(changed);
    return Verifier::make(changed, keys).error();
  };
  EXPECT_EQ(error([](Issuer& i) { i.name = ""; }), IssuerError::no_name);
  EXPECT_EQ(error([](Issuer& i) { i.issuer = ""; }), IssuerError::no_issuer);
  EXPECT_EQ(error([](Issuer& i) { i.audience = ""; }), IssuerError::no_audience);
  EXPECT_EQ(error([](Issuer& i) { i.algorithms = {}; }), IssuerError::no_algorithm);
  EXPECT_EQ(error([](Issuer& i) { i.leeway = std::chrono::seconds(301); }),
            IssuerError::bad_leeway);
  EXPECT_EQ(error([](Issuer& i) { i.algorithms = {Algorithm::RS256}; }),
            IssuerError::no_key_for_algorithm);
}

}  // namespace
}  // namespace signpost::jwt
