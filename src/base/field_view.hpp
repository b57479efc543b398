#pragma once

#include <string_view>

namespace signpost {

// A header field as it stands on the wire: name in the sender's case, value without the white
// space around it (RFC 9110 section 5).
struct FieldView {
  std::string_view name;
  std::string_view value;
};

}  // namespace signpost
