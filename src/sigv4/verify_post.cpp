#include "sigv4/verify_post.hpp"

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/try.hpp"
#include "sigv4/amz_date.hpp"
#include "sigv4/credential_scope.hpp"
#include "sigv4/signing_key_cache.hpp"

namespace signpost::sigv4 {
namespace {

using Details = std::vector<std::pair<std::string, std::string>>;

std::unexpected<Rejection> reject(Refusal refusal, std::string message, Details details = {}) {
  return std::unexpected(Rejection{refusal, std::move(message), std::move(details)});
}

// What the form says about its signature, well formed but not yet believed. Views of the form.
struct PostClaim {
  std::string_view policy;
  Credential credential;
  AmzDate date;
  std::string_view signature;
  std::string_view session_token;  // empty: none
};

using Value = std::optional<std::string_view>;

std::expected<Value, Rejection> single(std::span<const FieldView> fields, std::string_view name) {
  Value value;
  for (const FieldView& field : fields) {
    if (!equal_ignoring_case(field.name, name)) continue;
    if (value)
      return reject(Refusal::malformed_form,
                    "The form field '" + std::string(name) + "' came more than once");
    value = field.value;
  }
  return value;
}

std::expected<std::string_view, Rejection> required(std::span<const FieldView> fields,
                                                    std::string_view name) {
  TRY(const Value value, single(fields, name));
  if (value) return *value;
  return reject(Refusal::malformed_form,
                "Bucket POST must contain a field named '" + std::string(name) + "'");
}

// Signature Version 2 signs a form with AWSAccessKeyId and signature.
std::expected<void, Rejection> refuse_version_2(std::span<const FieldView> fields) {
  TRY(const Value id, single(fields, "AWSAccessKeyId"));
  TRY(const Value signature, single(fields, "signature"));
  if (!id && !signature) return {};
  return reject(Refusal::signature_version_2,
                "The authorization mechanism you have provided is not supported. Please use "
                "AWS4-HMAC-SHA256. With boto3: boto3.client('s3', "
                "config=Config(signature_version='s3v4')), from botocore.config");
}

std::expected<PostClaim, Rejection> claim_of_form(std::span<const FieldView> fields) {
  TRY(const Value policy, single(fields, "policy"));
  if (!policy) return reject(Refusal::missing_policy, "Access Denied: the form has no policy");
  TRYV(refuse_version_2(fields));
  TRY(const std::string_view algorithm_text, required(fields, "x-amz-algorithm"));
  if (algorithm_text != algorithm)
    return reject(Refusal::malformed_form, "x-amz-algorithm only supports AWS4-HMAC-SHA256");
  TRY(const std::string_view credential_text, required(fields, "x-amz-credential"));
  const auto credential = Credential::parse(credential_text);
  if (!credential)
    return reject(Refusal::malformed_form,
                  "x-amz-credential must be ACCESS-KEY-ID/YYYYMMDD/REGION/s3/aws4_request");
  TRY(const std::string_view date_text, required(fields, "x-amz-date"));
  const auto date = AmzDate::parse(date_text);
  if (!date)
    return reject(Refusal::malformed_form, "x-amz-date must be a time as YYYYMMDDTHHMMSSZ");
  TRY(const std::string_view signature, required(fields, "x-amz-signature"));
  TRY(const Value token, single(fields, "x-amz-security-token"));
  return PostClaim{*policy, *credential, *date, signature, token.value_or(std::string_view())};
}

std::string shown(std::string_view text) {
  return "'" + std::string(text.substr(0, 64)) + "'";
}

std::expected<void, Rejection> check_scope(const PostClaim& claim, const VerifierOptions& options) {
  const CredentialScope& scope = claim.credential.scope;
  if (scope.service != options.service)
    return reject(Refusal::wrong_scope_form, "x-amz-credential: incorrect service " +
                                                 shown(scope.service) + "; this is '" +
                                                 options.service + "'");
  if (scope.region != options.region)
    return reject(Refusal::wrong_scope_form,
                  "x-amz-credential: the region " + shown(scope.region) + " is wrong; expecting '" +
                      options.region + "'",
                  {{"Region", options.region}});
  if (scope.day != claim.date.day())
    return reject(Refusal::wrong_scope_form, "x-amz-credential: the date " + shown(scope.day) +
                                                 " is not the day of x-amz-date");
  return {};
}

}  // namespace

struct PostVerifier::State {
  VerifierOptions options;
  FindSecret find_secret;
  SigningKeyCache keys;
};

PostVerifier::PostVerifier(VerifierOptions options, FindSecret find_secret)
    : state_(std::make_unique<State>(std::move(options), std::move(find_secret))) {}
PostVerifier::~PostVerifier() = default;

std::expected<VerifiedPost, Rejection> PostVerifier::verify(std::span<const FieldView> fields,
                                                            UnixSeconds now) const {
  TRY(const PostClaim claim, claim_of_form(fields));
  if (!claim.session_token.empty() && state_->options.session_tokens == SessionTokens::refuse)
    return reject(Refusal::unsupported_token,
                  "Session tokens are not known here; use an access key without one");
  TRYV(check_scope(claim, state_->options));
  if (claim.date.time() - now > limits::clock_skew)
    return reject(
        Refusal::not_yet_valid, "The policy is not valid yet",
        {{"X-Amz-Date", std::string(claim.date.text())}, {"ServerTime", to_rfc3339(now)}});
  const std::string_view id = claim.credential.access_key_id;
  const SharedSecret secret = state_->find_secret(id);
  if (!secret)
    return reject(Refusal::unknown_access_key,
                  "The AWS Access Key Id you provided does not exist in our records.",
                  {{"AWSAccessKeyId", std::string(id)}});
  const SigningKey key = state_->keys.get(secret, claim.credential.scope);
  if (!key.sign(claim.policy).matches(claim.signature))
    return reject(
        Refusal::signature_mismatch,
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method.",
        {{"AWSAccessKeyId", std::string(id)}, {"StringToSign", std::string(claim.policy)}});
  VerifiedPost out;
  out.access_key_id_ = id;
  out.policy_ = claim.policy;
  out.date_ = claim.date.time();
  if (!claim.session_token.empty()) out.session_token_.emplace(claim.session_token);
  return out;
}

}  // namespace signpost::sigv4
