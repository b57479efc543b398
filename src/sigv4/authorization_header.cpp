#include "sigv4/authorization_header.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/ascii.hpp"
#include "sigv4/credential_scope.hpp"

namespace signpost::sigv4 {
namespace {

// The lower-case letters, and the other characters of a field's name (RFC 9110 section 5.6.2).
constexpr std::array<bool, 256> name_characters() {
  std::array<bool, 256> table{};
  for (char c : std::string_view("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"))
    table[static_cast<std::uint8_t>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> in_name = name_characters();

std::string quoted(std::string_view what, std::string_view text) {
  return std::string(what) + " '" + std::string(text.substr(0, 64)) + "'";
}

}  // namespace

std::expected<AuthorizationHeader, std::string> AuthorizationHeader::parse(std::string_view text) {
  struct Part {
    std::string_view name;
    std::string_view AuthorizationHeader::* member;
    bool seen = false;
  };
  Part parts[] = {{"Credential", &AuthorizationHeader::credential},
                  {"SignedHeaders", &AuthorizationHeader::signed_headers},
                  {"Signature", &AuthorizationHeader::signature}};
  AuthorizationHeader out;
  std::string_view rest = text.substr(std::min(text.size(), algorithm.size()));
  while (true) {
    const auto comma = rest.find(',');
    const std::string_view item = trim(rest.substr(0, comma));
    const auto equals = item.find('=');
    if (equals == std::string_view::npos)
      return std::unexpected(quoted("a part is not of the form Name=Value:", item));
    const auto part = std::ranges::find(parts, item.substr(0, equals), &Part::name);
    if (part == std::end(parts))
      return std::unexpected(quoted("an unknown part:", item.substr(0, equals)));
    if (part->seen) return std::unexpected(std::string(part->name) + " appears twice");
    part->seen = true;
    out.*(part->member) = item.substr(equals + 1);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  for (const Part& part : parts)
    if (!part.seen) return std::unexpected(std::string(part.name) + " is missing");
  return out;
}

std::string AuthorizationHeader::text() const {
  std::string out(algorithm);
  out.append(" Credential=").append(credential);
  out.append(", SignedHeaders=").append(signed_headers);
  out.append(", Signature=").append(signature);
  return out;
}

std::string_view check_signed_headers(std::string_view list) {
  if (list.empty()) return "SignedHeaders is empty";
  std::string_view previous;
  while (true) {
    const auto end = list.find(';');
    const std::string_view name = list.substr(0, end);
    if (name.empty()) return "SignedHeaders has an empty name";
    if (!std::ranges::all_of(name, [](char c) { return in_name[static_cast<std::uint8_t>(c)]; }))
      return "SignedHeaders must hold names of fields in lower case, joined with ';'";
    if (name == previous) return "SignedHeaders names a field twice";
    if (name < previous) return "SignedHeaders is not sorted";
    if (end == std::string_view::npos) return {};
    previous = name;
    list.remove_prefix(end + 1);
  }
}

}  // namespace signpost::sigv4
