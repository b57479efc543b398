#include "domain/file_name.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/percent.hpp"

namespace signpost::domain {
namespace {

struct CodePoint {
  std::uint32_t value;
  std::size_t bytes;
};

// `text` is well-formed UTF-8 and not empty.
CodePoint first_code_point(std::string_view text) {
  auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(text[i]) & 0xff; };
  std::uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xe0) return {(lead & 0x1f) << 6 | (byte(1) & 0x3f), 2};
  if (lead < 0xf0) return {(lead & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f), 3};
  return {(lead & 7) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f), 4};
}

// Characters that change how the rest is shown, or that nobody sees: controls, line separators,
// bidirectional marks, zero-width characters, fillers, variation and tag characters, and what is
// no character at all. ZWJ and ZWNJ go too: a name loses a ligature, and no two names look alike.
bool is_hidden(std::uint32_t c) {
  struct Range {
    std::uint32_t first, last;
  };
  static constexpr auto ranges = std::to_array<Range>({
      {0x00, 0x1f},
      {0x7f, 0x9f},
      {0xad, 0xad},
      {0x34f, 0x34f},
      {0x61c, 0x61c},
      {0x115f, 0x1160},
      {0x17b4, 0x17b5},
      {0x180b, 0x180f},
      {0x200b, 0x200f},
      {0x2028, 0x202e},
      {0x2060, 0x206f},
      {0x3164, 0x3164},
      {0xfe00, 0xfe0f},
      {0xfeff, 0xfeff},
      {0xffa0, 0xffa0},
      {0xfff0, 0xffff},
      {0xe0000, 0xe0fff},
  });
  return std::ranges::any_of(ranges, [c](Range r) { return c >= r.first && c <= r.last; });
}

std::string visible_part(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    CodePoint c = first_code_point(name);
    if (!is_hidden(c.value)) out += name.substr(0, c.bytes);
    name.remove_prefix(c.bytes);
  }
  return out;
}

// CON, NUL.txt, com1.tar.gz: Windows opens the device.
bool is_device(std::string_view name) {
  std::string stem = to_lower(name.substr(0, name.find('.')));
  while (stem.ends_with(' ')) stem.pop_back();
  static constexpr auto devices = std::to_array<std::string_view>({"con", "prn", "aux", "nul"});
  if (std::ranges::find(devices, stem) != devices.end()) return true;
  return stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) &&
         is_digit(stem[3]);
}

// The longest start of at most `bytes` that ends between code points.
std::string_view cut(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

std::string shorten(const std::string& name) {
  constexpr std::size_t longest_extension = 32;
  if (name.size() <= limits::file_name_bytes) return name;
  std::size_t dot = name.rfind('.');
  if (dot == std::string::npos || name.size() - dot > longest_extension)
    return std::string(cut(name, limits::file_name_bytes));
  std::string_view extension = std::string_view(name).substr(dot);
  return std::string(cut(name, limits::file_name_bytes - extension.size())) +
         std::string(extension);
}

void trim_ends(std::string& name) {
  while (!name.empty() && (name.back() == ' ' || name.back() == '.')) name.pop_back();
  name.erase(0, std::min(name.find_first_not_of(' '), name.size()));
}

}  // namespace

std::expected<std::string, FileNameError> sanitize_file_name(std::string_view name) {
  if (!is_utf8(name)) return std::unexpected(FileNameError::not_utf8);
  std::size_t slash = name.find_last_of("/\\");
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  std::string out = visible_part(name);
  trim_ends(out);
  if (out.empty()) return "file";
  if (is_device(out)) out.insert(0, 1, '_');
  out = shorten(out);
  trim_ends(out);
  return out;
}

}  // namespace signpost::domain
