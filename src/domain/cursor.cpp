#include "domain/cursor.hpp"

#include "base/base64.hpp"
#include "base/secret.hpp"

namespace signpost::domain {
namespace {

// The first 16 bytes of HMAC(len(binding) || binding || position): the length keeps the two apart.
std::string mac(const HmacSha256Key& key, std::string_view binding, std::string_view position) {
  constexpr std::size_t mac_bytes = 16;
  std::string message = std::to_string(binding.size()) + ":";
  message.append(binding).append(position);
  Sha256Digest digest = key.sign(message);
  return std::string(as_bytes_view(digest).substr(0, mac_bytes));
}

}  // namespace

std::string seal_cursor(const HmacSha256Key& key, std::string_view binding,
                        std::string_view position) {
  std::string sealed = mac(key, binding, position);
  sealed += position;
  return base64url_encode(sealed);
}

std::optional<std::string> open_cursor(const HmacSha256Key& key, std::string_view binding,
                                       std::string_view text) {
  constexpr std::size_t mac_bytes = 16;
  auto sealed = base64url_decode(text);
  if (!sealed || sealed->size() < mac_bytes) return std::nullopt;
  std::string_view position = std::string_view(*sealed).substr(mac_bytes);
  if (!equal_in_constant_time(std::string_view(*sealed).substr(0, mac_bytes),
                              mac(key, binding, position)))
    return std::nullopt;
  return std::string(position);
}

}  // namespace signpost::domain
