#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::cli {

// Why a pre-signed URL does not do what it was made for. The names in JSON (`cause`) stay as they
// are for ever.
enum class Cause : std::uint8_t {
  // The URL itself is damaged.
  no_signature,
  signature_version_2,
  broken_escape,
  html_escaped,
  misspelt_parameter,
  repeated_parameter,
  missing_parameter,
  malformed_parameter,
  expires_out_of_range,
  signature_truncated,
  wrong_scope_date,
  session_token_missing,
  // Time.
  clock_skew,
  expired,
  credentials_ended,
  // What is sent is not what was signed.
  signed_header_missing,
  unsigned_header,
  wrong_method,
  wrong_host,
  wrong_port,
  bucket_style,
  key_encoding,
  extra_parameter,
  parameter_changed,
  payload_hash,
  // Who signed.
  wrong_secret_key,
  unknown_access_key,
  wrong_region,
  session_token_refused,
  // What the store says, though the signature is right.
  not_allowed,
  not_found,
  refused,
  unreachable,
};
// "signature_truncated". Total.
std::string_view name(Cause cause);

struct Finding {
  Cause cause;
  std::string evidence;  // what is seen, a sentence
  std::string remedy;    // what to do, a sentence
};
using Findings = std::vector<Finding>;

}  // namespace signpost::cli
