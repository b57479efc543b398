#include "sigv4/claim.hpp"

#include "base/ascii.hpp"
#include "base/try.hpp"
#include "sigv4/authorization_header.hpp"
#include "sigv4/encoding.hpp"
#include "sigv4/sign_header.hpp"

namespace signpost::sigv4 {
namespace {

std::unexpected<Rejection> reject(Refusal refusal, std::string message) {
  return std::unexpected(Rejection{refusal, std::move(message)});
}

std::string_view explain(CredentialError error) {
  switch (error) {
    case CredentialError::too_few_parts:
      return "the Credential must be ACCESS-KEY-ID/YYYYMMDD/REGION/SERVICE/aws4_request";
    case CredentialError::empty_access_key:
      return "the Credential has no access key id";
    case CredentialError::malformed_day:
      return "the Credential's date must be a day, as YYYYMMDD";
    case CredentialError::wrong_terminator:
      return "the Credential must end in aws4_request";
  }
  return "";
}

// `text` behind "ACCESS-KEY-ID/".
std::string_view scope_of(std::string_view text, const Credential& credential) {
  return text.substr(credential.access_key_id.size() + 1);
}

// x-amz-date, or Date where that did not come. A Date that decides must be signed: verify.cpp.
std::expected<AmzDate, Rejection> date_of_header(const RequestView& request) {
  constexpr const char* message =
      "AWS authentication requires a valid Date or x-amz-date header, once";
  const auto amz_date = single_field(request, "x-amz-date");
  if (!amz_date) return reject(Refusal::missing_date, message);
  if (*amz_date) {
    if (auto date = AmzDate::parse(**amz_date)) return *date;
    return reject(Refusal::missing_date, message);
  }
  const auto plain = single_field(request, "date");
  if (!plain || !*plain) return reject(Refusal::missing_date, message);
  // botocore signs with Date in the HTTP form, other clients with the ISO form.
  if (auto date = AmzDate::parse_http_date(**plain)) return *date;
  if (auto date = AmzDate::parse(**plain)) return *date;
  return reject(Refusal::missing_date, message);
}

// Fills in payload and payload_hash. An empty `text` is no hash.
std::expected<void, Rejection> declare_payload(Claim& claim, std::string_view text) {
  const auto payload = PayloadHash::parse(text);
  if (!payload)
    return reject(Refusal::invalid_content_sha256,
                  "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, "
                  "STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, "
                  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, or a SHA-256 as 64 lower-case "
                  "hexadecimal digits");
  claim.payload = *payload;
  claim.payload_hash = text;
  return {};
}

std::expected<std::optional<std::string_view>, Rejection> content_sha256_field(
    const RequestView& request) {
  const auto field = single_field(request, "x-amz-content-sha256");
  if (!field)
    return reject(Refusal::invalid_content_sha256, "x-amz-content-sha256 was sent more than once");
  return *field;
}

std::expected<std::string_view, Rejection> token_field(const RequestView& request) {
  const auto field = single_field(request, "x-amz-security-token");
  if (!field)
    return reject(Refusal::unsupported_token, "x-amz-security-token was sent more than once");
  return field->value_or(std::string_view());
}

// The credential of a query, and its scope as text.
struct QueryCredential {
  Credential credential;
  std::string_view scope;
};

// Of a credential "ID%2FDAY%2F..." of the expected scope and of that day; nothing for others.
std::optional<QueryCredential> expected_credential(std::string_view encoded, std::string_view day,
                                                   const ExpectedScope& expected,
                                                   std::pmr::memory_resource& memory) {
  constexpr std::string_view slash = "%2F";
  const auto take_end = [&encoded](std::string_view end) {
    if (!encoded.ends_with(end)) return false;
    encoded.remove_suffix(end.size());
    return true;
  };
  if (!take_end(expected.encoded_end) || !take_end(day) || !take_end(slash) || encoded.empty())
    return std::nullopt;
  char* const scope = static_cast<char*>(memory.allocate(day.size() + expected.end.size(), 1));
  const char* const scope_end = copy_to(copy_to(scope, day), expected.end);
  return QueryCredential{.credential = {.access_key_id = decoded_text(encoded, memory),
                                        .scope = {.day = {scope, day.size()},
                                                  .region = expected.region,
                                                  .service = expected.service}},
                         .scope = {scope, scope_end}};
}

std::expected<QueryCredential, CredentialError> credential_of_query(
    std::string_view encoded, std::string_view day, const ExpectedScope& expected,
    std::pmr::memory_resource& memory) {
  if (const auto found = expected_credential(encoded, day, expected, memory)) return *found;
  const std::string_view text = decoded_text(encoded, memory);
  TRY(const Credential credential, Credential::parse(text));
  return QueryCredential{credential, scope_of(text, credential)};
}

}  // namespace

ExpectedScope::ExpectedScope(const std::string& region, const std::string& service)
    : region(region),
      service(service),
      end("/" + region + "/" + service + "/" + std::string(scope_terminator)),
      encoded_end(percent_encode(end, Slash::encode)) {}

std::expected<std::optional<std::string_view>, std::size_t> single_field(const RequestView& request,
                                                                         std::string_view name) {
  std::optional<std::string_view> value;
  std::size_t count = 0;
  for (const FieldView& field : request.fields) {
    if (!equal_ignoring_case(field.name, name)) continue;
    ++count;
    value = trim(field.value);
  }
  if (count > 1) return std::unexpected(count);
  return value;
}

FoundClaim claim_of_header(std::string_view authorization, const RequestView& request) {
  constexpr Refusal malformed = Refusal::malformed_authorization;
  const std::string prefix = "The authorization header is malformed; ";
  auto parsed = AuthorizationHeader::parse(authorization);
  if (!parsed) return reject(malformed, prefix + parsed.error());
  const auto credential = Credential::parse(parsed->credential);
  if (!credential) return reject(malformed, prefix + std::string(explain(credential.error())));
  if (const auto problem = check_signed_headers(parsed->signed_headers); !problem.empty())
    return reject(malformed, prefix + std::string(problem));
  TRY(const AmzDate date, date_of_header(request));
  TRY(const std::string_view token, token_field(request));
  FoundClaim found(Claim{.mode = AuthMode::header,
                         .credential = *credential,
                         .scope = scope_of(parsed->credential, *credential),
                         .date = date,
                         .signed_headers = parsed->signed_headers,
                         .signature = parsed->signature,
                         .session_token = token});
  TRY(const auto content, content_sha256_field(request));
  if (!content)
    return reject(Refusal::missing_content_sha256,
                  "Missing required header for this request: x-amz-content-sha256");
  TRYV(declare_payload(**found, *content));
  return found;
}

FoundClaim claim_of_query(const ParsedQuery& query, const RequestView& request,
                          const ExpectedScope& expected, std::pmr::memory_resource& memory) {
  constexpr Refusal malformed = Refusal::malformed_query;
  for (std::size_t i = 0; i < required_auth_parameters; ++i) {
    const auto parameter = static_cast<AuthParameter>(i);
    if (!query.has(parameter))
      return reject(malformed,
                    "Query-string authentication version 4 requires the X-Amz-Algorithm, "
                    "X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and "
                    "X-Amz-Expires parameters; missing: " +
                        std::string(parameter_name(parameter)));
  }
  const auto encoded = [&](AuthParameter parameter) {
    return query.at(parameter).value_or(std::string_view());
  };
  const auto value = [&](AuthParameter parameter) {
    return decoded_text(encoded(parameter), memory);
  };
  // What is right here has no character that is encoded.
  if (encoded(AuthParameter::algorithm) != algorithm)
    return reject(malformed, "X-Amz-Algorithm only supports AWS4-HMAC-SHA256");
  const auto date = AmzDate::parse(encoded(AuthParameter::date));
  const auto credential =
      credential_of_query(encoded(AuthParameter::credential),
                          date ? date->day() : std::string_view(), expected, memory);
  if (!credential)
    return reject(malformed, "Error parsing the X-Amz-Credential parameter; " +
                                 std::string(explain(credential.error())));
  if (!date) return reject(malformed, "X-Amz-Date must be a time in the form YYYYMMDDTHHMMSSZ");
  const auto expires = parse_expires(encoded(AuthParameter::expires));
  if (!expires) return reject(malformed, std::string(expires.error()));
  const std::string_view signed_headers = value(AuthParameter::signed_headers);
  if (const auto problem = check_signed_headers(signed_headers); !problem.empty())
    return reject(malformed, "X-Amz-SignedHeaders: " + std::string(problem));
  TRY(std::string_view token, token_field(request));
  if (query.has(AuthParameter::security_token)) {
    if (!token.empty())
      return reject(Refusal::two_mechanisms,
                    "The session token came both in the query and as a "
                    "header; send it once");
    token = value(AuthParameter::security_token);
  }
  FoundClaim found(Claim{.mode = AuthMode::query,
                         .credential = credential->credential,
                         .scope = credential->scope,
                         .date = *date,
                         .expires = *expires,
                         .signed_headers = signed_headers,
                         .signature = encoded(AuthParameter::signature),
                         .session_token = token,
                         .has_fields_in_query = query.has_fields()});
  // A URL signs UNSIGNED-PAYLOAD unless the sender declared something else, in either place.
  TRY(const auto field, content_sha256_field(request));
  std::string_view content = field.value_or(unsigned_payload);
  if (query.content_sha256()) {
    const std::string_view parameter = decoded_text(*query.content_sha256(), memory);
    if (field && *field != parameter)
      return reject(Refusal::invalid_content_sha256,
                    "x-amz-content-sha256 differs between the query and the header");
    content = parameter;
  }
  TRYV(declare_payload(**found, content));
  return found;
}

}  // namespace signpost::sigv4
