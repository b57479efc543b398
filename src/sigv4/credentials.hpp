#pragma once

#include <string>

#include "base/secret.hpp"

namespace signpost::sigv4 {

// Who signs. `session_token` is empty for long-lived access keys; temporary credentials (AWS STS)
// send it along and sign it.
struct Credentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;
};

}  // namespace signpost::sigv4
