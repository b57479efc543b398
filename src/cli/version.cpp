#include "cli/version.hpp"

#include <fmt/format.h>

namespace signpost::cli {

std::string version_text(bool json) {
  return json ? fmt::format(R"({{"version":"{}"}})", SIGNPOST_VERSION)
              : fmt::format("signpost {}", SIGNPOST_VERSION);
}

}  // namespace signpost::cli
