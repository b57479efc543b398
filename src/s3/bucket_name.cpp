#include "s3/bucket_name.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"

namespace signpost::s3 {
namespace {

bool is_lower_or_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z');
}

// Four groups of digits between dots, whatever their value: 999.1.1.1 is refused as well.
bool looks_like_ipv4(std::string_view text) {
  return std::ranges::count(text, '.') == 3 &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.'; });
}

bool is_reserved(std::string_view text) {
  constexpr std::array<std::string_view, 2> prefixes = {"xn--", "sthree-"};
  constexpr std::array<std::string_view, 5> suffixes = {"-s3alias", "--ol-s3", ".mrap", "--x-s3",
                                                        "--table-s3"};
  return std::ranges::any_of(prefixes, [&](auto prefix) { return text.starts_with(prefix); }) ||
         std::ranges::any_of(suffixes, [&](auto suffix) { return text.ends_with(suffix); });
}

}  // namespace

std::optional<BucketName> BucketName::parse(std::string_view text) {
  if (text.size() < 3 || text.size() > 63) return std::nullopt;
  if (!is_lower_or_digit(text.front()) || !is_lower_or_digit(text.back())) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (!is_lower_or_digit(c) && c != '.' && c != '-') return std::nullopt;
    if (i == 0) continue;
    char before = text[i - 1];
    if (c == '.' && (before == '.' || before == '-')) return std::nullopt;
    if (c == '-' && before == '.') return std::nullopt;
  }
  if (looks_like_ipv4(text) || is_reserved(text)) return std::nullopt;
  return BucketName(std::string(text));
}

}  // namespace signpost::s3
