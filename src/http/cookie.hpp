#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::http {

struct CookiePair {
  std::string_view name;
  std::string_view value;  // without the quotes around it
};

// The pairs of a Cookie field (RFC 6265 section 5.4), in their order. A pair that is not of the
// section 4.1.1 syntax is left out: other software on the host may have set it. 100 pairs at most.
std::vector<CookiePair> parse_cookies(std::string_view field_value);

// The value of the cookie of that name. Nothing where there is none, or more than one with
// different values: who sent the second cannot be told.
std::optional<std::string_view> find_cookie(const std::vector<CookiePair>& cookies,
                                            std::string_view name);

enum class SameSite { lax, strict };

// A Set-Cookie value (RFC 6265bis): Path=/, HttpOnly always. With `secure`, also Secure; the caller
// then names it __Host-... .
struct SetCookie {
  std::string name;   // a token
  std::string value;  // of cookie-octets
  bool secure = false;
  SameSite same_site = SameSite::lax;
  std::chrono::seconds max_age{0};  // 0: ends at once, which deletes it
  std::string to_string() const;
};

}  // namespace signpost::http
