// Computes every value of docs/how-a-url-is-signed.md again, so that the page cannot become untrue.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory_resource>

#include "base/hex.hpp"
#include "base/percent.hpp"
#include "sigv4/canonical_request.hpp"
#include "sigv4/presign.hpp"
#include "sigv4/string_to_sign.hpp"
#include "sigv4/verify.hpp"

namespace signpost::sigv4 {
namespace {

constexpr const char* access_key_id = "AKIAIOSFODNN7EXAMPLE";
constexpr const char* secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr const char* key = "summer/beach day.jpg";
constexpr const char* host = "photos.s3.eu-central-1.amazonaws.com";
constexpr CredentialScope scope{"20261124", "eu-central-1", "s3"};
const AmzDate date = *AmzDate::parse("20261124T040506Z");

// What stands between the lines ``` of the page.
std::vector<std::string> blocks_of_the_page() {
  std::ifstream page(SIGNPOST_SOURCE_DIR "/docs/how-a-url-is-signed.md");
  std::vector<std::string> blocks;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line == "```") {
      inside = !inside;
      if (inside) blocks.emplace_back();
    } else if (inside) {
      blocks.back() += line + '\n';
    }
  }
  return blocks;
}

class Page : public ::testing::Test {
 protected:
  std::string path() {
    return std::string(*canonical_uri("/" + std::string(key), PathRule::s3, memory_));
  }
  std::string query() {
    const std::string credential =
        percent_encode(Credential{access_key_id, scope}.text(), Slash::encode);
    EncodedPair pairs[] = {{"X-Amz-SignedHeaders", "host"},
                           {"X-Amz-Expires", "180"},
                           {"X-Amz-Date", date.text()},
                           {"X-Amz-Credential", credential},
                           {"X-Amz-Algorithm", algorithm}};
    return std::string(canonical_query(pairs, memory_));
  }
  std::pmr::monotonic_buffer_resource memory_;
};

std::string hex_line(std::string_view name, const Sha256Digest& digest) {
  return std::string(name) + hex_encode(digest) + '\n';
}

// The four HMACs, and the signature as the last one makes it.
std::string key_steps(std::string_view string_to_sign, std::string& signature) {
  const auto day = hmac_sha256("AWS4" + std::string(secret), scope.day);
  const auto region = hmac_sha256(as_bytes_view(day), scope.region);
  const auto service = hmac_sha256(as_bytes_view(region), scope.service);
  const auto last = hmac_sha256(as_bytes_view(service), scope_terminator);
  signature = hex_encode(hmac_sha256(as_bytes_view(last), string_to_sign));
  return hex_line("day           ", day) + hex_line("region        ", region) +
         hex_line("service       ", service) + hex_line("aws4_request  ", last);
}

std::string refused_at_its_end(const std::string& path, const std::string& query) {
  const Verifier verifier({.region = "eu-central-1"},
                          [](std::string_view) { return std::make_shared<const Secret>(secret); });
  const FieldView fields[] = {{"Host", host}};
  const RequestView request{"GET", path, query, fields};
  const auto in_time = verifier.verify(request, date.time() + std::chrono::seconds(179));
  EXPECT_TRUE(in_time && std::holds_alternative<Verified>(*in_time));
  const auto late = verifier.verify(request, date.time() + std::chrono::seconds(180));
  if (late) return "accepted";
  return std::string(s3_code(late.error().refusal)) + ": " + late.error().message + '\n';
}

TEST_F(Page, SaysWhatIsComputed) {
  const FieldView fields[] = {{"Host", host}};
  const std::string uri = path(), signed_query = query();
  const CanonicalRequest canonical{"GET", uri, signed_query, fields, "host", "UNSIGNED-PAYLOAD"};
  const StringToSign to_sign(date, scope.text(), canonical.hash());
  std::string signature;
  const std::string steps = key_steps(to_sign.text(), signature);
  EXPECT_EQ(SigningKey(Secret(secret), scope).sign(to_sign.text()).hex(), signature);

  const Presigner presigner(
      {.access_key_id = access_key_id, .secret_access_key = Secret(secret)}, "eu-central-1",
      *Endpoint::parse("https://s3.eu-central-1.amazonaws.com", Addressing::virtual_host));
  const std::string url = presigner.presign({.method = "GET",
                                             .bucket = "photos",
                                             .key = key,
                                             .date = date,
                                             .expires = std::chrono::seconds(180)});
  const std::string input =
      "access key id      " + std::string(access_key_id) + "\nsecret access key  " + secret +
      "\nregion, service    eu-central-1, s3\nbucket             photos\nkey                " +
      key + "\nmethod             GET\nnow                " + std::string(date.text()) +
      "\nexpires            180 seconds\n";
  EXPECT_THAT(
      blocks_of_the_page(),
      testing::ElementsAre(input, uri + '\n', signed_query + '\n', canonical.text() + '\n',
                           hex_encode(canonical.hash()) + '\n', std::string(to_sign.text()) + '\n',
                           steps, signature + '\n', url + '\n',
                           refused_at_its_end(uri, url.substr(url.find('?') + 1))));
}

}  // namespace
}  // namespace signpost::sigv4
