#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"
#include "domain/content_type.hpp"

namespace signpost::domain {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::string_view bytes;
  std::size_t offset;
  Sniffed kind;
};

constexpr auto signatures = std::to_array<Signature>({
    {"\xff\xd8\xff"sv, 0, Sniffed::jpeg},
    {"\x89PNG\r\n\x1a\n"sv, 0, Sniffed::png},
    {"GIF87a"sv, 0, Sniffed::gif},
    {"GIF89a"sv, 0, Sniffed::gif},
    {"WEBPVP"sv, 8, Sniffed::webp},
    {"BM"sv, 0, Sniffed::bmp},
    {"ftyp"sv, 4, Sniffed::iso_media},
    {"\x1a\x45\xdf\xa3"sv, 0, Sniffed::webm},
    {"OggS\0"sv, 0, Sniffed::ogg},
    {"%PDF-"sv, 0, Sniffed::pdf},
    {"PK\x03\x04"sv, 0, Sniffed::zip},
    {"PK\x05\x06"sv, 0, Sniffed::zip},
});

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

// The tags by which WHATWG MIME Sniffing section 7.1 knows HTML.
bool is_html(std::string_view text) {
  static constexpr auto tags = std::to_array<std::string_view>(
      {"<!doctype html", "<html", "<head", "<script", "<iframe", "<h1", "<div", "<font", "<table",
       "<a", "<style", "<title", "<b", "<body", "<br", "<p"});
  if (text.starts_with("<!--")) return true;
  return std::ranges::any_of(tags, [&](std::string_view tag) {
    if (!starts_with_ignoring_case(text, tag)) return false;
    char next = text.size() > tag.size() ? text[tag.size()] : '>';
    return next == '>' || next == ' ' || next == '\t' || next == '\n' || next == '\r' ||
           next == '\f' || next == '/';
  });
}

Sniffed sniff_markup(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf"sv)) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n\f"), text.size()));
  // What an XML file holds may stand behind a prolog, a comment or a document type.
  if (text.starts_with('<') && to_lower(text).contains("<svg")) return Sniffed::svg;
  if (starts_with_ignoring_case(text, "<?xml")) return Sniffed::xml;
  if (starts_with_ignoring_case(text, "<!doctype svg")) return Sniffed::svg;
  if (is_html(text)) return Sniffed::html;
  return Sniffed::unknown;
}

bool is_markup(Sniffed kind) {
  return kind == Sniffed::html || kind == Sniffed::svg || kind == Sniffed::xml;
}

// The signature that a declared type must show; nothing where it has none here.
std::optional<Sniffed> signature_of(std::string_view essence) {
  struct Row {
    std::string_view essence;
    Sniffed kind;
  };
  static constexpr auto rows = std::to_array<Row>({
      {"image/jpeg", Sniffed::jpeg},
      {"image/jpg", Sniffed::jpeg},
      {"image/pjpeg", Sniffed::jpeg},
      {"image/png", Sniffed::png},
      {"image/apng", Sniffed::png},
      {"image/gif", Sniffed::gif},
      {"image/webp", Sniffed::webp},
      {"image/bmp", Sniffed::bmp},
      {"image/heic", Sniffed::iso_media},
      {"image/heif", Sniffed::iso_media},
      {"image/avif", Sniffed::iso_media},
      {"video/mp4", Sniffed::iso_media},
      {"audio/mp4", Sniffed::iso_media},
      {"video/webm", Sniffed::webm},
      {"audio/webm", Sniffed::webm},
      {"audio/ogg", Sniffed::ogg},
      {"video/ogg", Sniffed::ogg},
      {"application/ogg", Sniffed::ogg},
      {"application/pdf", Sniffed::pdf},
      {"application/zip", Sniffed::zip},
      {"application/epub+zip", Sniffed::zip},
  });
  auto row = std::ranges::find(rows, essence, &Row::essence);
  if (row != rows.end()) return row->kind;
  if (essence.starts_with("application/vnd.openxmlformats-officedocument.")) return Sniffed::zip;
  if (essence.starts_with("application/vnd.oasis.opendocument.")) return Sniffed::zip;
  return std::nullopt;
}

std::string_view type_of(Sniffed kind) {
  switch (kind) {
    case Sniffed::jpeg:
      return "image/jpeg";
    case Sniffed::png:
      return "image/png";
    case Sniffed::gif:
      return "image/gif";
    case Sniffed::webp:
      return "image/webp";
    case Sniffed::pdf:
      return "application/pdf";
    case Sniffed::zip:
      return "application/zip";
    // Too short a signature or too wide a container to name the type; or active.
    case Sniffed::unknown:
    case Sniffed::empty:
    case Sniffed::bmp:
    case Sniffed::iso_media:
    case Sniffed::webm:
    case Sniffed::ogg:
    case Sniffed::html:
    case Sniffed::svg:
    case Sniffed::xml:
      return octet_stream;
  }
  std::unreachable();
}

}  // namespace

Sniffed sniff(std::string_view first_bytes) {
  if (first_bytes.empty()) return Sniffed::empty;
  first_bytes = first_bytes.substr(0, sniff_bytes);
  for (const Signature& s : signatures)
    if (first_bytes.size() >= s.offset && first_bytes.substr(s.offset).starts_with(s.bytes))
      return s.kind;
  return sniff_markup(first_bytes);
}

bool fits(const MediaType& declared, std::string_view first_bytes) {
  Sniffed found = sniff(first_bytes);
  // A file of no bytes is no picture, but it harms nobody either.
  if (found == Sniffed::empty) return true;
  if (auto wanted = signature_of(declared.essence())) return found == *wanted;
  const std::string_view essence = declared.essence();
  bool media = essence.starts_with("image/") || essence.starts_with("audio/") ||
               essence.starts_with("video/") || essence.starts_with("font/");
  return !media || essence.ends_with("+xml") || !is_markup(found);
}

MediaType settled_type(const MediaType& declared, std::string_view first_bytes) {
  if (fits(declared, first_bytes)) return declared;
  return *MediaType::parse(type_of(sniff(first_bytes)));
}

}  // namespace signpost::domain
