#include "sigv4/verify.hpp"

#include <algorithm>
#include <array>
#include <memory_resource>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/try.hpp"
#include "sigv4/authorization_query.hpp"
#include "sigv4/canonical_request.hpp"
#include "sigv4/claim.hpp"
#include "sigv4/signing_key_cache.hpp"
#include "sigv4/string_to_sign.hpp"

namespace signpost::sigv4 {
namespace {

using Details = std::vector<std::pair<std::string, std::string>>;

std::unexpected<Rejection> reject(Refusal refusal, std::string message, Details details = {}) {
  return std::unexpected(Rejection{refusal, std::move(message), std::move(details)});
}

Rejection rejection_of(const ParsedQuery::Error& error) {
  const std::string name(error.name.substr(0, 64));
  switch (error.error) {
    case QueryError::broken_escape:
      return {Refusal::invalid_uri,
              "The query has a '%' without two hexadecimal digits behind it, at '" + name + "'"};
    case QueryError::repeated:
      return {Refusal::malformed_query, "The query parameter " + name + " was given twice"};
    case QueryError::misspelt:
      return {Refusal::misspelt_parameter,
              "Names of query parameters are case-sensitive; write " + name};
  }
  return {Refusal::malformed_query, name};
}

std::unexpected<Rejection> reject_version_2() {
  return reject(Refusal::signature_version_2,
                "The authorization mechanism you have provided is not supported. Please use "
                "AWS4-HMAC-SHA256. With boto3: boto3.client('s3', "
                "config=Config(signature_version='s3v4')), from botocore.config. With the AWS CLI: "
                "aws configure set default.s3.signature_version s3v4");
}

// "AWS4-HMAC-SHA256 ..." or a refusal: nothing that looks like authentication is passed over.
std::expected<void, Rejection> check_scheme(std::string_view authorization) {
  const std::string_view scheme = authorization.substr(0, authorization.find(' '));
  if (scheme == "AWS4-HMAC-SHA256") return {};
  if (scheme == "AWS") return reject_version_2();
  if (scheme.starts_with("AWS4-"))
    return reject(Refusal::unsupported_algorithm,
                  "The authorization mechanism you have provided is not supported. Please use "
                  "AWS4-HMAC-SHA256.");
  return reject(Refusal::unsupported_mechanism,
                "Unsupported Authorization Type; only AWS4-HMAC-SHA256 is known here");
}

// What somebody sent, for a message: never more than a line of it.
std::string shown(std::string_view text) {
  return "'" + std::string(text.substr(0, 64)) + "'";
}

// The fields that are present and must be signed but are not: Host, x-amz-*, and Date where it
// decides the time.
std::expected<void, Rejection> check_coverage(const Claim& claim, const RequestView& request) {
  const SignedFields covered(request.fields, claim.signed_headers);
  std::string missing;
  const auto add = [&missing](std::string_view name) {
    if (!missing.empty()) missing += ", ";
    missing += to_lower(name);
  };
  bool has_amz_date = false;
  for (const FieldView& field : request.fields) {
    const bool is_amz =
        field.name.size() >= 6 && equal_ignoring_case(field.name.substr(0, 6), "x-amz-");
    has_amz_date = has_amz_date || (is_amz && equal_ignoring_case(field.name, "x-amz-date"));
    if (is_amz && !covered.covers(field.name)) add(field.name);
  }
  if (!covered.covers("host")) add("host");
  if (claim.mode == AuthMode::header && !has_amz_date && !covered.covers("date")) add("date");
  if (missing.empty()) return {};
  return reject(Refusal::unsigned_fields,
                "There were headers present in the request which were not signed",
                {{"HeadersNotSigned", missing}});
}

// Whether the field has one value: that of a name that came twice is signed as "a,b", and so would
// also be verified as a single "a,b". Lists are the same either way, and SDKs send a line for each
// item.
bool is_single(std::string_view name) {
  const bool is_list =
      name == "x-amz-object-attributes" || name == "x-amz-optional-object-attributes";
  return name.starts_with("x-amz-") && !name.starts_with("x-amz-meta-") && !is_list;
}

// Every field of SignedHeaders must have come. Ends at the first that did not, so that a long list
// costs no more than the request has fields.
std::expected<void, Rejection> check_presence(const Claim& claim, const RequestView& request) {
  std::string_view rest = claim.signed_headers;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    const std::string_view name = rest.substr(0, end);
    const auto came = std::ranges::count_if(request.fields, [&](const FieldView& field) {
      return equal_ignoring_case(field.name, name);
    });
    if (came == 0)
      return reject(Refusal::absent_signed_field, "The signature covers the header " + shown(name) +
                                                      ", which the request does not have");
    if (came > 1 && is_single(name))
      return reject(Refusal::repeated_field, "The header " + shown(name) + " was sent twice");
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

std::expected<void, Rejection> check_scope(const Claim& claim, const VerifierOptions& options) {
  const bool in_header = claim.mode == AuthMode::header;
  const auto prefix = [&] {
    return std::string(in_header ? "The authorization header is malformed; "
                                 : "Error parsing the X-Amz-Credential parameter; ");
  };
  const Refusal refusal = in_header ? Refusal::wrong_scope_header : Refusal::wrong_scope_query;
  const CredentialScope& scope = claim.credential.scope;
  if (scope.service != options.service)
    return reject(refusal, prefix() + "incorrect service " + shown(scope.service) +
                               ". This endpoint belongs to '" + options.service + "'.");
  if (scope.region != options.region)
    return reject(refusal,
                  prefix() + "the region " + shown(scope.region) + " is wrong; expecting '" +
                      options.region + "'",
                  {{"Region", options.region}});
  if (scope.day != claim.date.day())
    return reject(refusal, prefix() + "the credential's date " + shown(scope.day) +
                               " is not the day of the request's time " +
                               std::string(claim.date.text()));
  return {};
}

std::expected<void, Rejection> check_time(const Claim& claim, UnixSeconds now) {
  const UnixSeconds date = claim.date.time();
  if (!claim.expires) {
    if (date - now <= limits::clock_skew && now - date <= limits::clock_skew) return {};
    return reject(Refusal::time_too_skewed,
                  "The difference between the request time and the current time is too large.",
                  {{"RequestTime", std::string(claim.date.text())},
                   {"ServerTime", to_rfc3339(now)},
                   {"MaxAllowedSkewMilliseconds",
                    std::to_string(std::chrono::milliseconds(limits::clock_skew).count())}});
  }
  if (date - now > limits::clock_skew)
    return reject(
        Refusal::not_yet_valid, "Request is not valid yet",
        {{"X-Amz-Date", std::string(claim.date.text())}, {"ServerTime", to_rfc3339(now)}});
  // `now` is rounded down: at its end, a URL has had every second that it was given.
  const UnixSeconds end = date + *claim.expires;
  if (claim.expires->count() > 0 && now < end) return {};
  return reject(Refusal::expired, "Request has expired",
                {{"X-Amz-Expires", std::to_string(claim.expires->count())},
                 {"Expires", to_rfc3339(end)},
                 {"ServerTime", to_rfc3339(now)}});
}

// Either form, or nothing for an anonymous request.
FoundClaim find_claim(const RequestView& request, const ParsedQuery& query,
                      const ExpectedScope& expected, std::pmr::memory_resource& memory) {
  const auto authorization = single_field(request, "authorization");
  if (!authorization)
    return reject(Refusal::two_mechanisms, "Only one auth mechanism allowed; there were " +
                                               std::to_string(authorization.error()) +
                                               " Authorization headers");
  const bool in_query = query.has_any();
  if (int(authorization->has_value()) + int(in_query) + int(query.is_version_2()) > 1)
    return reject(Refusal::two_mechanisms,
                  "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "
                  "Signature query string parameter or the Authorization header should be "
                  "specified");
  if (query.is_version_2()) return reject_version_2();
  if (*authorization) {
    TRYV(check_scheme(**authorization));
    return claim_of_header(**authorization, request);
  }
  if (in_query) return claim_of_query(query, request, expected, memory);
  return std::optional<Claim>();
}

}  // namespace

struct Verifier::State {
  VerifierOptions options;
  FindSecret find_secret;
  ExpectedScope expected{options.region, options.service};
  SigningKeyCache keys = {};
};

Verifier::Verifier(VerifierOptions options, FindSecret find_secret)
    : state_(std::make_unique<State>(std::move(options), std::move(find_secret))) {}
Verifier::~Verifier() = default;

Verified::Verified(Maker, const Claim& claim, const SigningKey& key, const Signature& signature)
    : access_key_id_(claim.credential.access_key_id),
      mode_(claim.mode),
      payload_(claim.payload),
      signed_headers_(claim.signed_headers),
      has_fields_in_query_(claim.has_fields_in_query),
      date_(claim.date.time()) {
  if (claim.expires) expires_at_ = claim.date.time() + *claim.expires;
  if (!claim.session_token.empty()) session_token_.emplace(claim.session_token);
  const PayloadKind kind = claim.payload.kind;
  if (kind == PayloadKind::streaming_signed || kind == PayloadKind::streaming_signed_trailer)
    chunk_seed_ =
        ChunkSeed{key, signature, std::string(claim.date.text()), std::string(claim.scope)};
}

std::expected<Identity, Rejection> Verifier::verify(const RequestView& request,
                                                    UnixSeconds now) const {
  std::array<std::byte, 4096> stack;
  std::pmr::monotonic_buffer_resource memory(stack.data(), stack.size());
  auto query = ParsedQuery::parse(request.query, memory);
  if (!query) return std::unexpected(rejection_of(query.error()));
  const FoundClaim found = find_claim(request, *query, state_->expected, memory);
  if (!found) return std::unexpected(found.error());
  if (!*found) return Anonymous{};
  const Claim& claim = **found;

  const auto uri = canonical_uri(request.path, PathRule::s3, memory);
  if (!uri)
    return reject(Refusal::invalid_uri,
                  "The path has a '%' without two hexadecimal digits behind it");
  if (!claim.session_token.empty() && state_->options.session_tokens == SessionTokens::refuse)
    return reject(Refusal::unsupported_token,
                  "Session tokens are not known here; use an access key without one");
  TRYV(check_scope(claim, state_->options));
  TRYV(check_coverage(claim, request));
  TRYV(check_presence(claim, request));
  TRYV(check_time(claim, now));

  const std::string_view access_key_id = claim.credential.access_key_id;
  const SharedSecret secret = state_->find_secret(access_key_id);
  if (!secret)
    return reject(Refusal::unknown_access_key,
                  "The AWS Access Key Id you provided does not exist in our records.",
                  {{"AWSAccessKeyId", std::string(access_key_id)}});
  const CanonicalRequest canonical{.method = request.method,
                                   .uri = *uri,
                                   .query = query->canonical(memory),
                                   .fields = request.fields,
                                   .signed_headers = claim.signed_headers,
                                   .payload_hash = claim.payload_hash};
  StringToSign to_sign(claim.date, claim.scope, canonical.hash());
  const SigningKey key = state_->keys.get(secret, claim.credential.scope);
  const Signature signature = to_sign.sign(key);
  if (!signature.matches(claim.signature))
    return reject(Refusal::signature_mismatch,
                  "The request signature we calculated does not match the signature you provided. "
                  "Check your key and signing method.",
                  {{"AWSAccessKeyId", std::string(access_key_id)},
                   {"StringToSign", std::string(to_sign.text())},
                   {"CanonicalRequest", canonical.text()}});
  return std::expected<Identity, Rejection>(std::in_place, std::in_place_type<Verified>,
                                            Verified::Maker(), claim, key, signature);
}

}  // namespace signpost::sigv4
