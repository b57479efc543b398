#include "sigv4/signing_key_cache.hpp"

#include <cstdint>

namespace signpost::sigv4 {

SigningKey SigningKeyCache::get(const SharedSecret& secret, const CredentialScope& scope) {
  Slot& slot = slots_[reinterpret_cast<std::uintptr_t>(secret.get()) % slots_.size()];
  return slot.key.get(*secret, scope, [&] { slot.holder = secret; });
}

}  // namespace signpost::sigv4
