#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "sigv4/credential_scope.hpp"
#include "sigv4/signing_key.hpp"

namespace signpost::sigv4 {

// Signing keys that were derived before: to derive one costs more than to verify a request with
// it. A bounded table; two access keys that meet in a slot take turns. A key is found again only
// for the same secret, so that a rotated secret needs no call to forget the old one. Any thread may
// call at any time.
class SigningKeyCache {
 public:
  // The key, from the table or derived now.
  SigningKey get(std::string_view access_key_id, const Secret& secret,
                 const CredentialScope& scope);

 private:
  struct Entry {
    std::string access_key_id;
    Secret secret;
    std::string scope;
    SigningKey key;
  };
  struct Slot {
    std::mutex mutex;
    std::optional<Entry> entry;
  };
  static bool is_for(const Entry& entry, std::string_view access_key_id, const Secret& secret,
                     const CredentialScope& scope);

  std::array<Slot, 64> slots_;
};

}  // namespace signpost::sigv4
