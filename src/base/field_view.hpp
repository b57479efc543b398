#pragma once

#include <string_view>

// What the modules share.
namespace signpost {

// A header field as it stands on the wire: name in the sender's case, value without the white
// space around it (RFC 9110 section 5).
struct FieldView {
  std::string_view name;   // in any case
  std::string_view value;  // without the white space around it
};

}  // namespace signpost
