#include "jwt/key_set.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <utility>

#include "base/base64.hpp"
#include "base/limits.hpp"
#include "json/strict.hpp"

namespace signpost::jwt {
namespace {

namespace json = boost::json;

std::optional<std::string_view> text_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string_view(value->get_string());
}

std::string decoded_member(const json::object& jwk, std::string_view name) {
  return base64url_decode(text_member(jwk, name).value_or("")).value_or("");
}

// RFC 7517 sections 4.2 and 4.3: meant for checking signatures, or not said what for.
bool is_for_signatures(const json::object& jwk) {
  if (jwk.contains("use") && text_member(jwk, "use") != "sig") return false;
  const json::value* operations = jwk.if_contains("key_ops");
  if (operations == nullptr) return true;
  if (!operations->is_array()) return false;
  for (const json::value& operation : operations->get_array())
    if (operation.is_string() && operation.get_string() == "verify") return true;
  return false;
}

std::expected<Key, KeyError> key_from(const json::object& jwk, SymmetricKeys symmetric) {
  if (jwk.contains("kid") && !text_member(jwk, "kid")) return std::unexpected(KeyError::malformed);
  std::string id(text_member(jwk, "kid").value_or(""));
  std::string_view kind = text_member(jwk, "kty").value_or("");
  std::string_view curve = text_member(jwk, "crv").value_or("");
  if (kind == "oct" && symmetric == SymmetricKeys::take)
    return Key::hs256(Secret(decoded_member(jwk, "k")), std::move(id));
  // A private key that was published is nobody's any more.
  if (jwk.contains("d")) return std::unexpected(KeyError::malformed);
  if (kind == "RSA")
    return Key::rs256(decoded_member(jwk, "n"), decoded_member(jwk, "e"), std::move(id));
  if (kind == "EC" && curve == "P-256")
    return Key::es256(decoded_member(jwk, "x"), decoded_member(jwk, "y"), std::move(id));
  if (kind == "OKP" && curve == "Ed25519")
    return Key::ed25519(decoded_member(jwk, "x"), std::move(id));
  return std::unexpected(KeyError::malformed);
}

}  // namespace

std::expected<KeySet, KeyError> KeySet::parse_jwks(std::string_view text, SymmetricKeys symmetric) {
  constexpr std::size_t depth = 8;
  constexpr std::size_t most_keys = 100;
  if (text.size() > limits::jwks_bytes) return std::unexpected(KeyError::malformed);
  auto document = signpost::json::parse_strict(text, depth);
  if (!document || !document->is_object()) return std::unexpected(KeyError::malformed);
  const json::value* list = document->get_object().if_contains("keys");
  if (list == nullptr || !list->is_array() || list->get_array().size() > most_keys)
    return std::unexpected(KeyError::malformed);
  std::vector<Key> keys;
  for (const json::value& item : list->get_array()) {
    if (!item.is_object()) return std::unexpected(KeyError::malformed);
    const json::object& jwk = item.get_object();
    if (!is_for_signatures(jwk)) continue;
    auto key = key_from(jwk, symmetric);
    if (!key) continue;
    // "alg" can only narrow: it never makes a key good for another algorithm than its kind's.
    if (jwk.contains("alg") && text_member(jwk, "alg") != to_text(key->algorithm())) continue;
    keys.push_back(*std::move(key));
  }
  if (keys.empty()) return std::unexpected(KeyError::no_usable_key);
  return KeySet(std::move(keys));
}

}  // namespace signpost::jwt
