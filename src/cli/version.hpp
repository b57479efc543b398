#pragma once

#include <string>

namespace signpost::cli {

// What `signpost version` prints, without a line feed: "signpost 0.1.0", or one JSON document with
// `version`.
std::string version_text(bool json);

}  // namespace signpost::cli
