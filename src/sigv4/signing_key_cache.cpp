#include "sigv4/signing_key_cache.hpp"

#include <functional>

namespace signpost::sigv4 {
namespace {

// Whether `text` is scope.text(), without making that.
bool is_scope(std::string_view text, const CredentialScope& scope) {
  const auto take = [&text](std::string_view part) {
    if (!text.starts_with(part)) return false;
    text.remove_prefix(part.size());
    return true;
  };
  return take(scope.day) && take("/") && take(scope.region) && take("/") && take(scope.service) &&
         text.size() == scope_terminator.size() + 1;
}

}  // namespace

bool SigningKeyCache::is_for(const Entry& entry, std::string_view access_key_id,
                             const Secret& secret, const CredentialScope& scope) {
  return entry.access_key_id == access_key_id && is_scope(entry.scope, scope) &&
         entry.secret == secret;
}

SigningKey SigningKeyCache::get(std::string_view access_key_id, const Secret& secret,
                                const CredentialScope& scope) {
  Slot& slot = slots_[std::hash<std::string_view>()(access_key_id) % slots_.size()];
  {
    std::lock_guard lock(slot.mutex);
    if (slot.entry && is_for(*slot.entry, access_key_id, secret, scope)) return slot.entry->key;
  }
  const SigningKey key(secret, scope);
  std::lock_guard lock(slot.mutex);
  slot.entry.emplace(Entry{std::string(access_key_id), secret, scope.text(), key});
  return key;
}

}  // namespace signpost::sigv4
