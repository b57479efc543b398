#include "http/etag.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace signpost::http {
namespace {

constexpr std::size_t max_tags = 100;

// etagc = %x21 / %x23-7E / obs-text
bool is_etag_char(char c) {
  auto u = static_cast<unsigned char>(c);
  return u == 0x21 || (u >= 0x23 && u != 0x7F);
}

// Takes one tag off the front of `rest`; quoted, or bare up to the next comma.
std::optional<ETag> take_tag(std::string_view& rest) {
  ETag tag;
  if (rest.starts_with("W/")) {
    tag.weak = true;
    rest.remove_prefix(2);
    if (!rest.starts_with('"')) return std::nullopt;
  }
  if (rest.starts_with('"')) {
    auto end = rest.find('"', 1);
    if (end == std::string_view::npos) return std::nullopt;
    tag.opaque = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
  } else {
    auto end = std::min(rest.find(','), rest.size());
    tag.opaque = trim(rest.substr(0, end));
    rest.remove_prefix(end);
    if (tag.opaque.empty()) return std::nullopt;
  }
  if (!std::ranges::all_of(tag.opaque, is_etag_char)) return std::nullopt;
  return tag;
}

}  // namespace

std::optional<ETag> ETag::parse(std::string_view text) {
  if (!text.starts_with('"') && !text.starts_with("W/")) return std::nullopt;
  auto tag = take_tag(text);
  if (!tag || !text.empty()) return std::nullopt;
  return tag;
}

std::string ETag::to_string() const {
  return (weak ? "W/\"" : "\"") + opaque + "\"";
}

bool strongly_equal(const ETag& a, const ETag& b) {
  return !a.weak && !b.weak && a.opaque == b.opaque;
}

bool weakly_equal(const ETag& a, const ETag& b) {
  return a.opaque == b.opaque;
}

std::optional<ETagList> ETagList::parse(std::string_view field_value) {
  ETagList out;
  std::string_view rest = trim(field_value);
  if (rest == "*") {
    out.any = true;
    return out;
  }
  while (!rest.empty()) {
    if (rest.front() == ',') {  // empty members are allowed (RFC 9110 section 5.6.1.2)
      rest = trim(rest.substr(1));
      continue;
    }
    auto tag = take_tag(rest);
    if (!tag || out.tags.size() == max_tags) return std::nullopt;
    out.tags.push_back(*std::move(tag));
    rest = trim(rest);
    if (!rest.empty() && rest.front() != ',') return std::nullopt;
  }
  if (out.tags.empty()) return std::nullopt;
  return out;
}

}  // namespace signpost::http
