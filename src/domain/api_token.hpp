#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "domain/principal.hpp"

namespace signpost::domain {

// A token's text: "sgn_", 32 random bytes in base62, their CRC-32 in base62. The sum lets whoever
// finds such a text (a scanner of leaked secrets, this server) know without asking that it is one,
// and one that was not mistyped.
inline constexpr std::string_view api_token_prefix = "sgn_";
inline constexpr std::size_t api_token_random_bytes = 32;

// `random` are api_token_random_bytes bytes.
Secret make_api_token(std::string_view random);
// Whether the text is one by its form and its sum.
bool is_api_token(std::string_view text);
// What the catalog keeps of it.
Sha256Digest api_token_hash(std::string_view text);

// What the catalog knows of a token.
struct ApiToken {
  std::string id;  // no secret
  std::string name;
  Principal principal;  // whose it is
  Scopes scopes;
  std::optional<std::string> parent;  // made with that token, and ends with it
  UnixSeconds created_at{};
  std::optional<UnixSeconds> expires_at;  // null: it does not expire
  bool admin = false;                     // filled in by find: its user is an admin now
};

// Tokens of one principal, newest first.
struct ApiTokenPage {
  std::vector<ApiToken> items;
  std::optional<std::string> next;  // not sealed: cursor.hpp does that at the edge
};

}  // namespace signpost::domain
