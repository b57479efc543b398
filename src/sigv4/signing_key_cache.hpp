#pragma once

#include <array>
#include <memory>

#include "base/secret.hpp"
#include "sigv4/credential_scope.hpp"
#include "sigv4/kept_key.hpp"
#include "sigv4/signing_key.hpp"

namespace signpost::sigv4 {

// Signing keys that were derived before, of many secrets, for one region and service. A bounded
// table; two secrets that meet in a slot take turns. A key is found again only for the same
// object as secret, so that a rotated secret needs no call to forget the old one. Any thread may
// call at any time, and waits for nobody. Internal to sigv4.
class SigningKeyCache {
 public:
  // The key, from the table or derived now. `secret` is kept along with it, so that no other can
  // come to lie where it lies.
  SigningKey get(const SharedSecret& secret, const CredentialScope& scope);

 private:
  struct Slot {
    KeptKey key;
    SharedSecret holder;
  };
  std::array<Slot, 61> slots_;  // a prime number: addresses are multiples of powers of two
};

}  // namespace signpost::sigv4
