#include "gateway/token_cache.hpp"

namespace signpost::gateway {

const domain::Caller* TokenCache::find(const Sha256Digest& token, const IssuerKeys& keys,
                                       std::uint64_t generation, UnixSeconds now) const {
  auto at = entries_.find(token);
  if (at == entries_.end()) return nullptr;
  const Entry& entry = at->second;
  bool good = entry.keys == &keys && entry.generation == generation && *entry.caller.ends_at > now;
  return good ? &entry.caller : nullptr;
}

void TokenCache::keep(const Sha256Digest& token, const IssuerKeys& keys, std::uint64_t generation,
                      const domain::Caller& caller) {
  Entry entry{.keys = &keys, .generation = generation, .caller = caller};
  if (entries_.insert_or_assign(token, std::move(entry)).second) order_.push_back(token);
  if (order_.size() <= capacity_) return;
  entries_.erase(order_.front());
  order_.pop_front();
}

}  // namespace signpost::gateway
