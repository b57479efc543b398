#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "http/content_disposition.hpp"

namespace signpost::domain {

// A media type (RFC 9110 section 8.3.1) that a file may be declared to have. Refused: wildcards,
// multipart types, more than 255 bytes, a parameter twice, a charset that turns harmless bytes into
// markup (UTF-7, UTF-16, UTF-32, ISO-2022 and the like).
class MediaType {
 public:
  // What a file has that declares nothing: application/octet-stream.
  MediaType();
  static std::optional<MediaType> parse(std::string_view text);

  // "image/png": type and subtype in lower case.
  std::string_view essence() const { return std::string_view(text_).substr(0, essence_); }
  // With the parameters, in one spelling: names in lower case, "; " between, quotes where needed.
  const std::string& text() const { return text_; }
  // A type that a browser runs, or may run, when it opens it as a document: HTML, SVG, every XML,
  // JavaScript and the like. Such a file is an attachment always.
  bool is_active() const { return active_; }

  friend bool operator==(const MediaType&, const MediaType&) = default;

 private:
  MediaType(std::string text, std::size_t essence);

  std::string text_;
  std::size_t essence_;  // its length
  bool active_;          // found out once: it is asked for every URL
};

inline constexpr std::string_view octet_stream = "application/octet-stream";

// What the first bytes say (signatures of the WHATWG MIME Sniffing standard, section 6 and 7).
enum class Sniffed {
  unknown,
  empty,
  jpeg,
  png,
  gif,
  webp,
  bmp,
  iso_media,  // MP4, QuickTime, HEIC, AVIF: one container
  webm,
  ogg,
  pdf,
  zip,
  html,
  svg,
  xml
};
// As many first bytes as sniff() looks at.
inline constexpr std::size_t sniff_bytes = 512;
Sniffed sniff(std::string_view first_bytes);

// Whether a file declared so may begin so. A type with a signature above must show it. A type
// without one may begin with anything, but a picture, a sound, a film or a font never with markup.
bool fits(const MediaType& declared, std::string_view first_bytes);

// The type that a completed file gets: the declared one where it fits; else the one that the bytes
// show where that is not active; else application/octet-stream. Never an active type that was not
// declared.
MediaType settled_type(const MediaType& declared, std::string_view first_bytes);

// "inline", "attachment": the request's `disposition` parameter.
std::optional<http::Disposition> parse_disposition(std::string_view text);

// `inline_types` holds patterns such as "image/*" and "application/pdf". Inline only where the list
// allows it, the type is not active, and the caller did not ask for an attachment.
http::Disposition disposition_of(const MediaType& type, std::optional<http::Disposition> asked,
                                 std::span<const std::string> inline_types);

}  // namespace signpost::domain
