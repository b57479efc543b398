#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signpost::http {

// The value of Idempotency-Key (draft-ietf-httpapi-idempotency-key-header section 2.1): a string of
// RFC 8941 section 3.3.3, "abc" in quotes. Many clients send it bare, which is the same key: then
// it is of visible characters without quotes. Nothing where it is neither, or not of 1 to
// limits::idempotency_key_bytes characters.
std::optional<std::string> parse_idempotency_key(std::string_view field_value);

}  // namespace signpost::http
