#pragma once

#include <string>

#include "base/secret.hpp"

namespace signpost::sigv4 {

// Who signs. `session_token` is empty for long-lived access keys; temporary credentials (AWS STS)
// send it along and sign it.
struct Credentials {
  std::string access_key_id;  // "AKIA...", sent in the clear
  Secret secret_access_key;   // never sent
  Secret session_token;       // empty: none
};

}  // namespace signpost::sigv4
