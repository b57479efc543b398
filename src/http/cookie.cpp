#include "http/cookie.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "http/field_parameters.hpp"

namespace signpost::http {
namespace {

constexpr std::size_t max_cookies = 100;

// RFC 6265 section 4.1.1 cookie-octet.
bool is_cookie_octet(char c) {
  auto u = static_cast<unsigned char>(c);
  return u > 0x20 && u < 0x7F && c != '"' && c != ',' && c != ';' && c != '\\';
}

}  // namespace

std::vector<CookiePair> parse_cookies(std::string_view field_value) {
  std::vector<CookiePair> out;
  while (!field_value.empty() && out.size() < max_cookies) {
    auto end = std::min(field_value.find(';'), field_value.size());
    std::string_view pair = trim(field_value.substr(0, end));
    field_value.remove_prefix(std::min(end + 1, field_value.size()));
    auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    CookiePair cookie{pair.substr(0, equals), pair.substr(equals + 1)};
    if (cookie.value.size() >= 2 && cookie.value.starts_with('"') && cookie.value.ends_with('"'))
      cookie.value = cookie.value.substr(1, cookie.value.size() - 2);
    if (is_token(cookie.name) && std::ranges::all_of(cookie.value, is_cookie_octet))
      out.push_back(cookie);
  }
  return out;
}

std::optional<std::string_view> find_cookie(const std::vector<CookiePair>& cookies,
                                            std::string_view name) {
  std::optional<std::string_view> found;
  for (const CookiePair& cookie : cookies) {
    if (cookie.name != name) continue;
    if (found && *found != cookie.value) return std::nullopt;
    found = cookie.value;
  }
  return found;
}

std::string SetCookie::to_string() const {
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite={}{}", name, value,
                     max_age.count(), same_site == SameSite::lax ? "Lax" : "Strict",
                     secure ? "; Secure" : "");
}

}  // namespace signpost::http
