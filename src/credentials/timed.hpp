#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "sigv4/credentials.hpp"

namespace signpost::credentials {

// Credentials with their end.
struct Timed {
  sigv4::Credentials credentials;
  std::optional<UnixSeconds> ends_at;  // nothing: long-lived, or nobody has told
  std::string source;                  // where they were found, for a person
};

// What is good now. Any thread may call it at any time; it never blocks for long and never gives
// null. The same pointer until the credentials change.
using Snapshot = std::shared_ptr<const Timed>;
using Current = std::function<Snapshot()>;

// Credentials that stay as they are.
inline Current fixed(sigv4::Credentials credentials) {
  auto snapshot = std::make_shared<const Timed>(
      Timed{.credentials = std::move(credentials), .ends_at = std::nullopt, .source = "fixed"});
  return [snapshot] { return snapshot; };
}

}  // namespace signpost::credentials
