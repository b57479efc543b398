#include "s3/cors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/try.hpp"
#include "http/field_parameters.hpp"
#include "s3/xml.hpp"

namespace signpost::s3 {
namespace {

constexpr std::array<std::string_view, 5> cors_methods = {"GET", "PUT", "POST", "DELETE", "HEAD"};
constexpr std::size_t cors_id_characters = 255;

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

bool has_one_star_at_most(std::string_view text) {
  return std::ranges::count(text, '*') <= 1;
}

std::string_view trim_xml(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  auto first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

Error malformed() {
  return {ErrorCode::MalformedXML};
}

Error invalid(std::string message) {
  return {ErrorCode::InvalidRequest, std::move(message)};
}

std::expected<void, Error> check_origin(std::string_view origin) {
  if (!has_one_star_at_most(origin))
    return std::unexpected(
        invalid(fmt::format("AllowedOrigin \"{}\" can not have more than one wildcard.", origin)));
  if (origin.empty() || !is_printable(origin))
    return std::unexpected(invalid("AllowedOrigin must be an origin."));
  return {};
}

std::expected<void, Error> check_method(std::string_view method) {
  if (std::ranges::find(cors_methods, method) != cors_methods.end()) return {};
  return std::unexpected(invalid(fmt::format(
      "Found unsupported HTTP method in CORS config. Unsupported method is {}", method)));
}

std::expected<void, Error> check_header(std::string_view name) {
  if (!has_one_star_at_most(name))
    return std::unexpected(
        invalid(fmt::format("AllowedHeader \"{}\" can not have more than one wildcard.", name)));
  if (!http::is_token(name)) return std::unexpected(invalid("AllowedHeader must be a field name."));
  return {};
}

std::expected<void, Error> check_expose(std::string_view name) {
  if (name.contains('*'))
    return std::unexpected(invalid(fmt::format(
        "ExposeHeader \"{}\" contains wildcard. We currently do not support wildcard for "
        "ExposeHeader.",
        name)));
  if (!http::is_token(name)) return std::unexpected(invalid("ExposeHeader must be a field name."));
  return {};
}

std::expected<void, Error> check(const CorsRule& rule) {
  if (rule.allowed_origins.empty() || rule.allowed_methods.empty())
    return std::unexpected(malformed());
  if (rule.id && rule.id->size() > cors_id_characters)
    return std::unexpected(invalid("The ID of a CORS rule has 255 characters at most."));
  for (const auto& origin : rule.allowed_origins) TRYV(check_origin(origin));
  for (const auto& method : rule.allowed_methods) TRYV(check_method(method));
  for (const auto& name : rule.allowed_headers) TRYV(check_header(name));
  for (const auto& name : rule.expose_headers) TRYV(check_expose(name));
  return {};
}

std::expected<CorsRule, Error> parse_rule(pugi::xml_node element) {
  CorsRule rule;
  for (pugi::xml_node child : element.children()) {
    if (child.type() != pugi::node_element) continue;
    std::string_view name = child.name();
    std::string text(trim_xml(xml_text(child)));
    if (name == "ID" && !rule.id) {
      rule.id = std::move(text);
    } else if (name == "AllowedOrigin") {
      rule.allowed_origins.push_back(std::move(text));
    } else if (name == "AllowedMethod") {
      rule.allowed_methods.push_back(std::move(text));
    } else if (name == "AllowedHeader") {
      rule.allowed_headers.push_back(std::move(text));
    } else if (name == "ExposeHeader") {
      rule.expose_headers.push_back(std::move(text));
    } else if (name == "MaxAgeSeconds" && !rule.max_age_seconds) {
      auto seconds = parse_u64(text);
      if (!seconds || *seconds > INT32_MAX) return std::unexpected(malformed());
      rule.max_age_seconds = static_cast<std::uint32_t>(*seconds);
    } else {
      return std::unexpected(malformed());
    }
  }
  TRYV(check(rule));
  return rule;
}

// '*' stands for any text, also none.
bool matches(std::string_view pattern, std::string_view text) {
  auto star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  std::string_view before = pattern.substr(0, star);
  std::string_view after = pattern.substr(star + 1);
  return text.size() >= before.size() + after.size() && text.starts_with(before) &&
         text.ends_with(after);
}

bool allows_headers(const CorsRule& rule, std::span<const std::string_view> requested) {
  return std::ranges::all_of(requested, [&](std::string_view wanted) {
    std::string name = to_lower(wanted);
    return std::ranges::any_of(rule.allowed_headers, [&](const std::string& allowed) {
      return matches(to_lower(allowed), name);
    });
  });
}

}  // namespace

std::expected<CorsConfiguration, Error> parse_cors(std::string_view xml) {
  auto document = parse_xml(xml, {.bytes = cors_document_bytes, .depth = 8});
  if (!document) {
    bool too_large = document.error() == XmlError::too_large;
    return std::unexpected(
        Error{too_large ? ErrorCode::MaxMessageLengthExceeded : ErrorCode::MalformedXML});
  }
  if (std::string_view(document->root.name()) != "CORSConfiguration")
    return std::unexpected(malformed());
  CorsConfiguration out;
  for (pugi::xml_node child : document->root.children()) {
    if (child.type() != pugi::node_element) continue;
    if (std::string_view(child.name()) != "CORSRule") return std::unexpected(malformed());
    if (out.rules.size() == cors_rules)
      return std::unexpected(invalid("The number of CORS rules should not exceed 100."));
    TRY(auto rule, parse_rule(child));
    out.rules.push_back(std::move(rule));
  }
  if (out.rules.empty()) return std::unexpected(malformed());
  return out;
}

std::string to_xml(const CorsConfiguration& configuration) {
  XmlWriter xml;
  xml.open("CORSConfiguration", xml_namespace);
  for (const CorsRule& rule : configuration.rules) {
    xml.open("CORSRule").element("ID", rule.id);
    for (const auto& text : rule.allowed_origins) xml.element("AllowedOrigin", text);
    for (const auto& text : rule.allowed_methods) xml.element("AllowedMethod", text);
    for (const auto& text : rule.allowed_headers) xml.element("AllowedHeader", text);
    for (const auto& text : rule.expose_headers) xml.element("ExposeHeader", text);
    if (rule.max_age_seconds) xml.element("MaxAgeSeconds", std::to_string(*rule.max_age_seconds));
    xml.close();
  }
  return xml.finish();
}

std::optional<CorsMatch> match(const CorsConfiguration& configuration, std::string_view origin,
                               std::string_view method,
                               std::span<const std::string_view> requested_headers) {
  // Never granted, not even by "*" within a pattern: a browser's origin has none of these.
  if (origin.empty() || !is_printable(origin)) return std::nullopt;
  for (const CorsRule& rule : configuration.rules) {
    if (std::ranges::find(rule.allowed_methods, method) == rule.allowed_methods.end()) continue;
    if (!allows_headers(rule, requested_headers)) continue;
    for (const std::string& allowed : rule.allowed_origins) {
      if (!matches(allowed, origin)) continue;
      bool any = allowed == "*";
      return CorsMatch{&rule, any ? "*" : std::string(origin), !any};
    }
  }
  return std::nullopt;
}

}  // namespace signpost::s3
