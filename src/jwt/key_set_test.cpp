#include "jwt/key_set.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "base/limits.hpp"
#include "testing/jwt_signer.hpp"

namespace signpost::jwt {
namespace {

using testing::JwtSigner;

std::string jwks(std::string_view keys) {
  return R"({"keys":[)" + std::string(keys) + "]}";
}

KeyError error_of(std::string_view document, SymmetricKeys symmetric = SymmetricKeys::leave_out) {
  auto set = KeySet::parse_jwks(document, symmetric);
  EXPECT_FALSE(set) << document;
  return set ? KeyError{} : set.error();
}

// SECURITY case F19.
TEST(Key, ASecretMustBeLong) {
  EXPECT_EQ(Key::hs256(Secret(std::string(31, 's'))).error(), KeyError::weak_secret);
  EXPECT_TRUE(Key::hs256(Secret(std::string(32, 's'))));
}

TEST(Key, PemNamesItsAlgorithm) {
  EXPECT_EQ(Key::from_pem(JwtSigner(JwtSigner::Kind::rsa_2048).pem())->algorithm(),
            Algorithm::RS256);
  EXPECT_EQ(Key::from_pem(JwtSigner(JwtSigner::Kind::p256).pem())->algorithm(), Algorithm::ES256);
  EXPECT_EQ(Key::from_pem(JwtSigner(JwtSigner::Kind::ed25519).pem())->algorithm(),
            Algorithm::EdDSA);
  EXPECT_EQ(Key::from_pem(JwtSigner(JwtSigner::Kind::rsa_1024).pem()).error(), KeyError::weak_key);
  EXPECT_EQ(Key::from_pem(JwtSigner(JwtSigner::Kind::p384).pem()).error(), KeyError::malformed);
  EXPECT_EQ(Key::from_pem("no key").error(), KeyError::malformed);
}

TEST(KeySet, KeepsOnlyKeysForSignatures) {
  JwtSigner rsa(JwtSigner::Kind::rsa_2048), ec(JwtSigner::Kind::p256), ed(JwtSigner::Kind::ed25519),
      p384(JwtSigner::Kind::p384);
  auto key = [](const JwtSigner& signer, std::string_view more) {
    return "{" + signer.jwk_members() + std::string(more) + "}";
  };
  auto set = KeySet::parse_jwks(
      jwks(key(rsa, R"(,"kid":"r","alg":"RS256","use":"sig")") + "," +
           key(rsa, R"(,"kid":"enc","use":"enc")") + "," + key(rsa, R"(,"alg":"RS512")") + "," +
           key(rsa, R"(,"d":"AQAB")") + "," + key(rsa, R"(,"key_ops":["encrypt"])") + "," +
           key(rsa, R"(,"kid":7)") + "," + key(ec, R"(,"kid":"e","key_ops":["verify"])") + "," +
           key(ed, R"(,"kid":"o")") + "," + key(p384, "") + R"(,{"kty":"oct","k":")" +
           base64url_encode(std::string(32, 'k')) + R"("})"));
  ASSERT_TRUE(set);
  ASSERT_EQ(set->keys().size(), 3u);
  EXPECT_EQ(set->keys()[0].id(), "r");
  EXPECT_EQ(set->keys()[0].algorithm(), Algorithm::RS256);
  EXPECT_EQ(set->keys()[1].algorithm(), Algorithm::ES256);
  EXPECT_EQ(set->keys()[2].algorithm(), Algorithm::EdDSA);
}

TEST(KeySet, TakesSecretsOnlyWhereTold) {
  std::string document =
      jwks(R"({"kty":"oct","k":")" + base64url_encode(std::string(32, 'k')) + R"("})");
  EXPECT_EQ(error_of(document), KeyError::no_usable_key);
  auto set = KeySet::parse_jwks(document, SymmetricKeys::take);
  ASSERT_TRUE(set);
  EXPECT_EQ(set->keys()[0].algorithm(), Algorithm::HS256);
  EXPECT_EQ(error_of(jwks(R"({"kty":"oct","k":"c2hvcnQ"})"), SymmetricKeys::take),
            KeyError::no_usable_key);
}

TEST(KeySet, RefusesWhatIsNoSet) {
  for (std::string_view text :
       {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[1]})", R"({"keys":[],"keys":[]})"})
    EXPECT_EQ(error_of(text), KeyError::malformed) << text;
  EXPECT_EQ(error_of(R"({"keys":[]})"), KeyError::no_usable_key);
  EXPECT_EQ(error_of(std::string(limits::jwks_bytes + 1, ' ')), KeyError::malformed);
}

TEST(Key, RefusesPointsOffTheCurve) {
  std::string zero(32, '\0');
  EXPECT_EQ(Key::es256(zero, zero).error(), KeyError::malformed);
  EXPECT_EQ(Key::es256(zero, zero.substr(1)).error(), KeyError::malformed);
}

// SECURITY case F5: with a key of small order one signature holds for many messages.
TEST(Key, RefusesPointsOfSmallOrder) {
  std::string zero(32, '\0');
  std::string one = zero;
  one[0] = 1;
  std::string minus_one(32, '\xff');
  minus_one[0] = '\xec';
  for (std::string point : {zero, one, minus_one}) {
    EXPECT_EQ(Key::ed25519(point).error(), KeyError::weak_key);
    point[31] = static_cast<char>(point[31] | 0x80);
    EXPECT_EQ(Key::ed25519(point).error(), KeyError::weak_key);
  }
}

}  // namespace
}  // namespace signpost::jwt
