#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string_view>
#include <unordered_map>

#include "base/time.hpp"
#include "domain/principal.hpp"

namespace signpost::gateway {

class IssuerKeys;

// Tokens that were verified, so that one that comes again costs a hash and a look-up instead of a
// signature's check. One for each worker, only on its thread. Holds no token, only its name.
class TokenCache {
 public:
  // What a token is kept by: 128 bits of SipHash-2-4 under a key that this object made at random
  // and shows nobody. That is a pseudorandom function, so a forged token has the name of one of n
  // kept ones by a chance of n in 2^128, whatever its maker has tried before, and how long a
  // look-up takes tells nothing of a kept token. SHA-256 would promise the same at twice the time.
  using Name = std::array<std::uint8_t, 16>;

  explicit TokenCache(std::size_t capacity);
  Name name_of(std::string_view token) const;

  // The caller, where that token was verified by just these keys and has not ended. Null else. The
  // pointer is good until the next call.
  const domain::Caller* find(const Name& token, const IssuerKeys& keys, std::uint64_t generation,
                             UnixSeconds now) const;
  // `caller` must have an end. The entry that has been here longest makes room.
  void keep(const Name& token, const IssuerKeys& keys, std::uint64_t generation,
            const domain::Caller& caller);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    const IssuerKeys* keys;  // whose word it was: two issuers may read one token differently
    std::uint64_t generation;
    domain::Caller caller;
  };
  // A part of a name is as good a hash as any.
  struct Hash {
    std::size_t operator()(const Name& name) const {
      std::size_t out = 0;
      std::memcpy(&out, name.data(), sizeof out);
      return out;
    }
  };

  std::size_t capacity_;
  std::array<std::uint8_t, 16> secret_;
  std::unordered_map<Name, Entry, Hash> entries_;
  std::deque<Name> order_;  // the keys of entries_, oldest first
};

}  // namespace signpost::gateway
