#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hpp"

namespace signpost::domain {

// A place in a list, as text for `next_cursor`: base64url of the position and a MAC over it and
// over `binding` (who asks, for which list, filtered how), so that a cursor can be neither made up
// nor taken to another list.
std::string seal_cursor(const HmacSha256Key& key, std::string_view binding,
                        std::string_view position);
// The position, or nothing where the text was not sealed with that key and binding.
std::optional<std::string> open_cursor(const HmacSha256Key& key, std::string_view binding,
                                       std::string_view text);

}  // namespace signpost::domain
