#pragma once

#include <string>
#include <string_view>

namespace signpost::log {

// The text with the values of X-Amz-Signature, X-Amz-Credential, X-Amz-Security-Token,
// x-signpost-ticket, Authorization, Cookie, Set-Cookie, passwords, JSON Web Tokens and API tokens
// (sgn_...) replaced by
// "***", also where the names are written in other case or percent-encoded, and control characters
// escaped.
std::string redact(std::string_view text);

}  // namespace signpost::log
