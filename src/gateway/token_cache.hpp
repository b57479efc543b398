#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>
#include <unordered_map>

#include "base/digest.hpp"
#include "base/time.hpp"
#include "domain/principal.hpp"

namespace signpost::gateway {

class IssuerKeys;

// Tokens that were verified, so that one that comes again costs a hash and a look-up instead of a
// signature's check. One for each worker, only on its thread. Holds no token, only its SHA-256.
class TokenCache {
 public:
  explicit TokenCache(std::size_t capacity) : capacity_(capacity) {}

  // The caller, where that token was verified by just these keys and has not ended. Null else. The
  // pointer is good until the next call.
  const domain::Caller* find(const Sha256Digest& token, const IssuerKeys& keys,
                             std::uint64_t generation, UnixSeconds now) const;
  // `caller` must have an end. The entry that has been here longest makes room.
  void keep(const Sha256Digest& token, const IssuerKeys& keys, std::uint64_t generation,
            const domain::Caller& caller);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    const IssuerKeys* keys;  // whose word it was: two issuers may read one token differently
    std::uint64_t generation;
    domain::Caller caller;
  };
  // A part of a SHA-256 is as good a hash as any.
  struct Hash {
    std::size_t operator()(const Sha256Digest& digest) const {
      std::size_t out = 0;
      std::memcpy(&out, digest.data(), sizeof out);
      return out;
    }
  };

  std::size_t capacity_;
  std::unordered_map<Sha256Digest, Entry, Hash> entries_;
  std::deque<Sha256Digest> order_;  // the keys of entries_, oldest first
};

}  // namespace signpost::gateway
