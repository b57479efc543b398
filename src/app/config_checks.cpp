#include "app/config_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>

#include "app/config.hpp"
#include "base/ascii.hpp"
#include "domain/key_rule.hpp"
#include "domain/principal.hpp"
#include "http/field_parameters.hpp"
#include "jwt/algorithm.hpp"
#include "net/address_range.hpp"
#include "net/http_client.hpp"
#include "net/http_url.hpp"
#include "s3/bucket_name.hpp"

namespace signpost::app {
namespace {

struct ListenAddress {
  boost::asio::ip::address host;
  std::uint64_t port;
};

std::optional<ListenAddress> parse_listen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_u64(text.substr(colon + 1));
  std::string host(text.substr(0, colon));
  if (host == "localhost") host = "127.0.0.1";
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  if (error || !port || *port > 65535 || address.is_v6() != bracketed) return std::nullopt;
  return ListenAddress{address, *port};
}

bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && text.front() != '.' && text.back() != '.' &&
         std::ranges::all_of(
             text, [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '.'; });
}

// A URL as an error may show it: what stands before "@" is often a password.
std::string without_user(std::string_view url) {
  auto at = url.rfind('@');
  if (at == std::string_view::npos) return std::string(url);
  return "..." + std::string(url.substr(at));
}

}  // namespace

Reason any_text(std::string_view) {
  return std::nullopt;
}

Reason not_empty(std::string_view text) {
  if (text.empty()) return "may not be empty";
  return std::nullopt;
}

Reason check_listen(std::string_view text) {
  if (parse_listen(text)) return std::nullopt;
  return fmt::format(
      "\"{}\" is no listen address; write an IP address and a port, such as 127.0.0.1:8080 or "
      "[::1]:8080",
      text);
}

Reason check_origin(std::string_view text) {
  if (net::Origin::parse(text)) return std::nullopt;
  return fmt::format(
      "\"{}\" is no origin; write scheme, host and (where it is not the usual one) port alone, "
      "such as https://files.example.com",
      without_user(text));
}

Reason check_http_url(std::string_view text) {
  if (net::HttpUrl::parse(text)) return std::nullopt;
  return fmt::format(
      "\"{}\" is no URL that can be called; write one such as https://app.example.com/path",
      without_user(text));
}

Reason check_address_range(std::string_view text) {
  if (net::AddressRange::parse(text)) return std::nullopt;
  return "is no address or range of addresses; write 127.0.0.1/32 or 10.0.0.0/8";
}

Reason check_bucket(std::string_view text) {
  if (s3::BucketName::parse(text)) return std::nullopt;
  return fmt::format(
      "\"{}\" is no bucket name: 3 to 63 lower-case letters, digits, dots and hyphens", text);
}

Reason check_region(std::string_view text) {
  const bool good = !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return is_digit(c) || c == '-' || (is_alpha(c) && to_lower(c) == c);
  });
  if (good) return std::nullopt;
  return fmt::format("\"{}\" is no region, such as us-east-1", text);
}

Reason check_domain(std::string_view text) {
  if (text.empty() || is_host_name(text)) return std::nullopt;
  return fmt::format("\"{}\" is no host name", text);
}

Reason check_media_range(std::string_view text) {
  const std::size_t slash = text.find('/');
  const bool good = slash != std::string_view::npos && http::is_token(text.substr(0, slash)) &&
                    http::is_token(text.substr(slash + 1)) && text[0] != '*';
  if (good) return std::nullopt;
  return fmt::format("\"{}\" is no media type, such as image/png or image/*", text);
}

Reason check_issuer_name(std::string_view text) {
  if (text == domain::local_issuer) return "\"local\" is the name of the gateway's own accounts";
  if (domain::Principal::user(text, "x")) return std::nullopt;
  return fmt::format("\"{}\" is no name: 1 to 64 of the characters A-Z a-z 0-9 . _ -", text);
}

Reason check_algorithm(std::string_view text) {
  if (jwt::parse_algorithm(text)) return std::nullopt;
  return fmt::format("\"{}\" is none of RS256, ES256, EdDSA and HS256", text);
}

Reason check_rule_prefix(std::string_view text) {
  if (domain::is_rule_prefix(text)) return std::nullopt;
  return fmt::format(
      "\"{}\" is no prefix such as \"users/{{subject}}/\": it ends with '/', and {{subject}} is a "
      "whole part between slashes",
      text);
}

Reason check_rule_right(std::string_view text) {
  if (text == "get" || text == "put") return std::nullopt;
  return fmt::format("\"{}\" is neither get nor put", text);
}

Reason check_field_name(std::string_view text) {
  if (http::is_token(text)) return std::nullopt;
  return fmt::format("\"{}\" is no name of a header field", text);
}

Reason check_forwarded_field(std::string_view text) {
  static constexpr auto own = std::to_array<std::string_view>(
      {"connection", "content-length", "expect", "host", "keep-alive", "te", "trailer",
       "transfer-encoding", "upgrade"});
  if (std::ranges::count(own, to_lower(text)) > 0)
    return fmt::format("{} is of one message and cannot be passed on", text);
  return check_field_name(text);
}

Reason check_cookie_name(std::string_view text) {
  if (text == "signpost_session" || text == "__Host-signpost_session")
    return fmt::format("\"{}\" is the cookie of the gateway's own sessions", text);
  if (text.empty() || http::is_token(text)) return std::nullopt;
  return fmt::format("\"{}\" is no cookie name (RFC 6265 section 4.1.1)", text);
}

Reason check_catalog_url(std::string_view text) {
  if (text.starts_with("postgresql:") || text.starts_with("postgres:")) {
    return "PostgreSQL is not supported by this version yet; use sqlite:signpost.db";
  }
  constexpr std::string_view scheme = "sqlite:";
  if (text.starts_with(scheme) && text.size() > scheme.size()) return std::nullopt;
  return "write sqlite: and the name of a file, such as sqlite:signpost.db";
}

bool is_loopback(std::string_view listen_address) {
  const auto parsed = parse_listen(listen_address);
  return parsed && parsed->host.is_loopback();
}

bool is_known_secret(std::string_view text) {
  static constexpr std::array known = {
      std::string_view("admin"),
      std::string_view("admin123"),
      std::string_view("administrator"),
      std::string_view("12345678"),
      std::string_view("123456789"),
      std::string_view("password1"),
      std::string_view("password123"),
      std::string_view("qwertyuiop"),
      std::string_view("minioadmin"),
      std::string_view("minio123"),
      std::string_view("rustfsadmin"),
      std::string_view("password"),
      std::string_view("secret"),
      std::string_view("changeme"),
      std::string_view("change-me"),
      std::string_view("example"),
      std::string_view("test"),
      std::string_view("signpost"),
      std::string_view("akiaiosfodnn7example"),
      std::string_view("your-256-bit-secret"),
      std::string_view("wjalrxutnfemi/k7mdeng/bpxrficyexamplekey"),
      std::string_view("a-string-secret-at-least-256-bits-long"),
  };
  if (text.empty()) return false;
  // One character over and over is no better.
  if (std::ranges::all_of(text, [&](char c) { return c == text[0]; })) return true;
  return std::ranges::any_of(known,
                             [&](std::string_view k) { return equal_ignoring_case(k, text); });
}

}  // namespace signpost::app
