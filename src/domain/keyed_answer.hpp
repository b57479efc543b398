#pragma once

#include <string>

#include "base/digest.hpp"
#include "base/time.hpp"
#include "domain/principal.hpp"

namespace signpost::domain {

// What a request that creates something was answered, kept under the Idempotency-Key that its
// caller gave, so that the same request sent again is answered the same and creates nothing more
// (docs/adr/0017). Another principal's key is another key.
struct KeyedAnswer {
  Principal principal;
  std::string key;       // 1 to limits::idempotency_key_bytes characters
  Sha256Digest request;  // of everything that makes the request the same one
  UnixSeconds created_at{};
  unsigned status = 201;
  std::string location;  // empty: none
  std::string body;      // without what is shown only once
};

}  // namespace signpost::domain
