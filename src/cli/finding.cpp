#include "cli/finding.hpp"

#include <utility>

namespace signpost::cli {

std::string_view name(Cause cause) {
  switch (cause) {
    case Cause::no_signature:
      return "no_signature";
    case Cause::signature_version_2:
      return "signature_version_2";
    case Cause::broken_escape:
      return "broken_escape";
    case Cause::html_escaped:
      return "html_escaped";
    case Cause::misspelt_parameter:
      return "misspelt_parameter";
    case Cause::repeated_parameter:
      return "repeated_parameter";
    case Cause::missing_parameter:
      return "missing_parameter";
    case Cause::malformed_parameter:
      return "malformed_parameter";
    case Cause::expires_out_of_range:
      return "expires_out_of_range";
    case Cause::signature_truncated:
      return "signature_truncated";
    case Cause::wrong_scope_date:
      return "wrong_scope_date";
    case Cause::session_token_missing:
      return "session_token_missing";
    case Cause::clock_skew:
      return "clock_skew";
    case Cause::expired:
      return "expired";
    case Cause::credentials_ended:
      return "credentials_ended";
    case Cause::signed_header_missing:
      return "signed_header_missing";
    case Cause::unsigned_header:
      return "unsigned_header";
    case Cause::wrong_method:
      return "wrong_method";
    case Cause::wrong_host:
      return "wrong_host";
    case Cause::wrong_port:
      return "wrong_port";
    case Cause::bucket_style:
      return "bucket_style";
    case Cause::key_encoding:
      return "key_encoding";
    case Cause::extra_parameter:
      return "extra_parameter";
    case Cause::parameter_changed:
      return "parameter_changed";
    case Cause::payload_hash:
      return "payload_hash";
    case Cause::wrong_secret_key:
      return "wrong_secret_key";
    case Cause::unknown_access_key:
      return "unknown_access_key";
    case Cause::wrong_region:
      return "wrong_region";
    case Cause::session_token_refused:
      return "session_token_refused";
    case Cause::not_allowed:
      return "not_allowed";
    case Cause::not_found:
      return "not_found";
    case Cause::refused:
      return "refused";
    case Cause::unreachable:
      return "unreachable";
  }
  std::unreachable();
}

}  // namespace signpost::cli
