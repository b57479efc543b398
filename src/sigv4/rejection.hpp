#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signpost::sigv4 {

// Why a request is not let in: each failure that S3 tells apart. In the comments, S3's error code
// and the HTTP status.
enum class Refusal : std::uint8_t {
  // Which mechanism?
  two_mechanisms,         // InvalidArgument 400: a header and a query signature, or two headers
  unsupported_mechanism,  // InvalidArgument 400: Basic, Bearer, an empty Authorization
  signature_version_2,    // InvalidRequest 400: `AWS AKID:...` or ?AWSAccessKeyId&Signature
  unsupported_algorithm,  // InvalidRequest 400: AWS4-ECDSA-P256-SHA256, AWS4-HMAC-SHA512
  misspelt_parameter,     // AccessDenied 403: x-amz-signature= in another case
  invalid_uri,            // InvalidURI 400: '%' without two hexadecimal digits behind it
  // What was sent does not have the form of the standard.
  malformed_authorization,  // AuthorizationHeaderMalformed 400
  malformed_query,          // AuthorizationQueryParametersError 400
  wrong_scope_header,       // AuthorizationHeaderMalformed 400: day, region, service; <Region>
  wrong_scope_query,        // AuthorizationQueryParametersError 400: the same; <Region>
  missing_date,             // AccessDenied 403: neither x-amz-date nor Date, or a malformed one
  missing_content_sha256,   // InvalidRequest 400
  invalid_content_sha256,   // InvalidArgument 400
  unsupported_token,        // InvalidToken 400: a session token where none are known
  malformed_form,           // InvalidArgument 400: a POST form's field is missing, twice, or wrong
  wrong_scope_form,         // InvalidArgument 400: day, region, service; <Region>
  // What was signed is not enough.
  missing_policy,       // AccessDenied 403: a POST form without a policy
  unsigned_fields,      // AccessDenied 403: Host or an x-amz-* field not signed; <HeadersNotSigned>
  absent_signed_field,  // AccessDenied 403: SignedHeaders names a field that did not come
  repeated_field,       // InvalidArgument 400: an x-amz-* field came twice (x-amz-meta-* may)
  // Time.
  time_too_skewed,  // RequestTimeTooSkewed 403: over 15 minutes either way (Authorization field)
  not_yet_valid,    // AccessDenied 403: X-Amz-Date over 15 minutes in the future
  expired,          // AccessDenied 403: <X-Amz-Expires>, <Expires>, <ServerTime>
  // Who, and is it they?
  unknown_access_key,  // InvalidAccessKeyId 403
  signature_mismatch,  // SignatureDoesNotMatch 403: <StringToSign>, <CanonicalRequest>
};

// S3's error code, as it stands in the XML document. Total.
std::string_view s3_code(Refusal refusal);
// The HTTP status. Total.
unsigned http_status(Refusal refusal);

// A refusal with what its answer says. Nothing in it is secret: it holds only what the sender sent,
// what can be computed from that without a key, and never a signature.
struct Rejection {
  Refusal refusal;      // for s3_code() and http_status()
  std::string message;  // one sentence for a person, with what is wrong in it
  // Elements of S3's error document beside Code and Message, in order, as text to be escaped.
  std::vector<std::pair<std::string, std::string>> details = {};
};

}  // namespace signpost::sigv4
