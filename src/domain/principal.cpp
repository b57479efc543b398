#include "domain/principal.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "base/percent.hpp"

namespace signpost::domain {
namespace {

constexpr std::size_t issuer_characters = 64;
constexpr std::size_t subject_bytes = 255;

bool is_issuer(std::string_view text) {
  return !text.empty() && text.size() <= issuer_characters && std::ranges::all_of(text, [](char c) {
    return is_alpha(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
  });
}

// C0, DEL and, as UTF-8 spells them, C1.
bool has_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7f) return true;
    if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0)
      return true;
  }
  return false;
}

bool is_subject(std::string_view text) {
  return !text.empty() && text.size() <= subject_bytes && is_utf8(text) && !has_control(text);
}

// "KIND:ISSUER:REST" -> ISSUER, REST. Only the first two colons divide.
std::optional<std::pair<std::string_view, std::string_view>> split(std::string_view text,
                                                                   std::string_view kind) {
  if (!text.starts_with(kind)) return std::nullopt;
  text.remove_prefix(kind.size());
  std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return std::pair(text.substr(0, colon), text.substr(colon + 1));
}

}  // namespace

IssuedName::IssuedName(std::string_view kind, std::string_view issuer, std::string_view name)
    : issuer_at_(static_cast<std::uint16_t>(kind.size() + 1)),
      issuer_(static_cast<std::uint16_t>(issuer.size())) {
  text_.reserve(kind.size() + issuer.size() + name.size() + 2);
  text_.append(kind).append(1, ':').append(issuer).append(1, ':').append(name);
}

std::optional<Principal> Principal::user(std::string_view issuer, std::string_view subject) {
  if (!is_issuer(issuer) || !is_subject(subject)) return std::nullopt;
  return Principal(IssuedName("user", issuer, subject));
}

std::optional<Principal> Principal::parse(std::string_view text) {
  auto parts = split(text, "user:");
  if (!parts) return std::nullopt;
  return user(parts->first, parts->second);
}

std::optional<Group> Group::of(std::string_view issuer, std::string_view name) {
  if (!is_issuer(issuer) || !is_subject(name)) return std::nullopt;
  return Group(IssuedName("group", issuer, name));
}

std::optional<Group> Group::parse(std::string_view text) {
  auto parts = split(text, "group:");
  if (!parts) return std::nullopt;
  return of(parts->first, parts->second);
}
}  // namespace signpost::domain
