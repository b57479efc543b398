#include "gateway/token_cache.hpp"

#include <sodium.h>

namespace signpost::gateway {

TokenCache::TokenCache(std::size_t capacity) : capacity_(capacity) {
  static_assert(crypto_shorthash_siphashx24_KEYBYTES == sizeof(secret_));
  randombytes_buf(secret_.data(), secret_.size());
}

TokenCache::Name TokenCache::name_of(std::string_view token) const {
  Name out;
  static_assert(crypto_shorthash_siphashx24_BYTES == sizeof(out));
  crypto_shorthash_siphashx24(out.data(), reinterpret_cast<const unsigned char*>(token.data()),
                              token.size(), secret_.data());
  return out;
}

const domain::Caller* TokenCache::find(const Name& token, const IssuerKeys& keys,
                                       std::uint64_t generation, UnixSeconds now) const {
  auto at = entries_.find(token);
  if (at == entries_.end()) return nullptr;
  const Entry& entry = at->second;
  bool good = entry.keys == &keys && entry.generation == generation && *entry.caller.ends_at > now;
  return good ? &entry.caller : nullptr;
}

void TokenCache::keep(const Name& token, const IssuerKeys& keys, std::uint64_t generation,
                      const domain::Caller& caller) {
  Entry entry{.keys = &keys, .generation = generation, .caller = caller};
  if (entries_.insert_or_assign(token, std::move(entry)).second) order_.push_back(token);
  if (order_.size() <= capacity_) return;
  entries_.erase(order_.front());
  order_.pop_front();
}

}  // namespace signpost::gateway
