#include "cli/explain_signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory_resource>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/percent.hpp"
#include "cli/signature_guesses.hpp"
#include "sigv4/authorization_query.hpp"
#include "sigv4/canonical_request.hpp"
#include "sigv4/credential_scope.hpp"
#include "sigv4/signing_key.hpp"
#include "sigv4/string_to_sign.hpp"

namespace signpost::cli {
namespace {

constexpr std::array<const char*, 5> methods = {"GET", "PUT", "HEAD", "DELETE", "POST"};

class Tester {
 public:
  Tester(const SignatureClaim& claim, const Secret& secret)
      : claim_(claim), key_(secret, scope_of(claim, claim.region)) {}

  bool is_signed(const SignedRequest& request) const { return is_signed(request, key_); }
  bool is_signed(const SignedRequest& request, const sigv4::SigningKey& key) const {
    const sigv4::StringToSign text(*claim_.date, claim_.scope, sha256(request.canonical(claim_)));
    return key.sign(text.text()).matches(claim_.signature);
  }
  // The method that is signed, of those that may be; empty: none.
  std::string method_of(SignedRequest request) const {
    for (const char* method : methods) {
      request.method = method;
      if (is_signed(request)) return method;
    }
    return {};
  }
  static sigv4::CredentialScope scope_of(const SignatureClaim& claim, std::string_view region) {
    return {.day = claim.day, .region = region, .service = claim.service};
  }

 private:
  const SignatureClaim& claim_;
  sigv4::SigningKey key_;
};

Finding wrong_method(const std::string& is, const std::string& wanted) {
  return {
      Cause::wrong_method,
      fmt::format("The signature is one for {}, and the request is {}.", is, wanted),
      fmt::format("Send {}, or sign for {}: signpost presign {}.", is, wanted, to_lower(wanted))};
}

// Signed for another region than the scope in the URL says.
std::optional<Finding> try_regions(const Tester& tester, const SignatureClaim& claim,
                                   const Secret& secret, SignedRequest request,
                                   const SignatureQuestion& question) {
  for (const std::string& region : {question.region, std::string("us-east-1")}) {
    if (region.empty() || region == claim.region) continue;
    const sigv4::SigningKey key(secret, Tester::scope_of(claim, region));
    for (const char* method : methods) {
      request.method = method;
      if (tester.is_signed(request, key))
        return Finding{Cause::wrong_region,
                       fmt::format("The signing key was made for the region {}, and the scope in "
                                   "the URL says {}.",
                                   region, claim.region),
                       "Sign with one region, in the key and in the scope."};
    }
  }
  return std::nullopt;
}

Finding unexplained(const SignatureClaim& claim) {
  return {Cause::wrong_secret_key,
          fmt::format("The signature is not that of the secret key known here for {}, for no "
                      "method, and no single known change of host, path or query explains it.",
                      claim.access_key_id),
          "Most likely the signer has another secret key under that id (rotated, or cut when it "
          "was copied); else more than one thing of the URL was changed."};
}

}  // namespace

std::string SignedRequest::canonical(const SignatureClaim& claim) const {
  std::vector<FieldView> views{{"host", host}};
  for (const HeaderField& field : fields) views.push_back({field.name, field.value});
  const sigv4::CanonicalRequest request{.method = method,
                                        .uri = uri,
                                        .query = query,
                                        .fields = views,
                                        .signed_headers = claim.signed_headers,
                                        .payload_hash = payload_hash};
  return request.text();
}

std::optional<SignedRequest> signed_request(const PresignedUrl& url, const std::string& method,
                                            const std::vector<HeaderField>& fields) {
  std::pmr::monotonic_buffer_resource memory;
  const auto uri = sigv4::canonical_uri(url.path, sigv4::PathRule::s3, memory);
  auto query = sigv4::ParsedQuery::parse(url.query, memory);
  if (!uri || !query) return std::nullopt;
  SignedRequest out;
  out.method = method;
  out.uri = *uri;
  out.query = query->canonical(memory);
  out.host = url.host();
  out.fields = fields;
  out.payload_hash = "UNSIGNED-PAYLOAD";
  if (query->content_sha256()) out.payload_hash = *percent_decode(*query->content_sha256());
  return out;
}

SignatureCheck check_signature(const PresignedUrl& url, const SignatureClaim& claim,
                               const sigv4::Credentials& credentials,
                               const SignatureQuestion& question) {
  const Tester tester(claim, credentials.secret_access_key);
  SignatureCheck out;
  out.method = question.method;
  out.step = "canonical_request";
  const auto base = signed_request(url, question.method, question.fields);
  if (!base) return out;
  if (const std::string method = tester.method_of(*base); !method.empty()) {
    out.right = question.method.empty() || question.method == method;
    out.method = method;
    if (!out.right) out.finding = wrong_method(method, question.method);
    if (out.right) out.step.clear();
    return out;
  }
  for (const Guess& guess : guesses(url, claim, *base, credentials, question)) {
    const std::string method = tester.method_of(guess.request);
    if (method.empty()) continue;
    out.method = method;
    out.finding = guess.finding;
    return out;
  }
  if (claim.day != claim.date->day()) {  // no signer makes such a string to sign
    out.step = "string_to_sign";
    return out;
  }
  out.step = "signing_key";
  out.finding = try_regions(tester, claim, credentials.secret_access_key, *base, question);
  if (!out.finding) out.finding = unexplained(claim);
  return out;
}

}  // namespace signpost::cli
