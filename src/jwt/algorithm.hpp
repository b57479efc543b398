#pragma once

#include <optional>
#include <string_view>

namespace signpost::jwt {

// RFC 7518 section 3.1 and RFC 8037 section 3.1. "none" is no algorithm here.
enum class Algorithm { HS256, RS256, ES256, EdDSA };

// The exact name, case and all (RFC 7515 section 4.1.1).
std::optional<Algorithm> parse_algorithm(std::string_view name);
std::string_view to_text(Algorithm algorithm);

}  // namespace signpost::jwt
