#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace signpost::http {

// A media type (RFC 9110 section 8.3.1), type and subtype in lower case.
struct MediaType {
  std::string type;
  std::string subtype;
  std::string parameters;  // what follows the first ';', trimmed; "" where there is none

  // "image/png", "text/plain; charset=utf-8". 127 bytes for type and subtype each, 255 in all;
  // wildcards, control characters and malformed parameters are refused.
  static std::optional<MediaType> parse(std::string_view text);
  std::string essence() const { return type + "/" + subtype; }
  std::string to_string() const;
};

// Whether a browser runs what is inside: HTML, XML of any kind, SVG, scripts, multipart/x-mixed-
// replace and the like. Such are never shown inline.
bool is_active(const MediaType& type);

// Whether the type is one of patterns such as "image/*" or "application/pdf".
bool matches_any(const MediaType& type, std::span<const std::string> patterns);

}  // namespace signpost::http
