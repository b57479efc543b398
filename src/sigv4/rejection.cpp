#include "sigv4/rejection.hpp"

namespace signpost::sigv4 {

std::string_view s3_code(Refusal refusal) {
  using enum Refusal;
  switch (refusal) {
    case two_mechanisms:
    case unsupported_mechanism:
    case invalid_content_sha256:
    case repeated_field:
    case malformed_form:
    case wrong_scope_form:
      return "InvalidArgument";
    case signature_version_2:
    case unsupported_algorithm:
    case missing_content_sha256:
      return "InvalidRequest";
    case invalid_uri:
      return "InvalidURI";
    case malformed_authorization:
    case wrong_scope_header:
      return "AuthorizationHeaderMalformed";
    case malformed_query:
    case wrong_scope_query:
      return "AuthorizationQueryParametersError";
    case unsupported_token:
      return "InvalidToken";
    case misspelt_parameter:
    case missing_date:
    case missing_policy:
    case unsigned_fields:
    case absent_signed_field:
    case not_yet_valid:
    case expired:
      return "AccessDenied";
    case time_too_skewed:
      return "RequestTimeTooSkewed";
    case unknown_access_key:
      return "InvalidAccessKeyId";
    case signature_mismatch:
      return "SignatureDoesNotMatch";
  }
  return "";
}

unsigned http_status(Refusal refusal) {
  using enum Refusal;
  switch (refusal) {
    case two_mechanisms:
    case unsupported_mechanism:
    case signature_version_2:
    case unsupported_algorithm:
    case invalid_uri:
    case malformed_authorization:
    case malformed_query:
    case wrong_scope_header:
    case wrong_scope_query:
    case missing_content_sha256:
    case invalid_content_sha256:
    case unsupported_token:
    case repeated_field:
    case malformed_form:
    case wrong_scope_form:
      return 400;
    case misspelt_parameter:
    case missing_date:
    case missing_policy:
    case unsigned_fields:
    case absent_signed_field:
    case time_too_skewed:
    case not_yet_valid:
    case expired:
    case unknown_access_key:
    case signature_mismatch:
      return 403;
  }
  return 0;
}

}  // namespace signpost::sigv4
