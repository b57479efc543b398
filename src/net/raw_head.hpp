#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace signpost::net {

// What Beast 1.81's parser lets through is caught on the raw bytes, before it sees them: folded
// lines, bare line feeds and control bytes (RFC 9112 sections 2.2 and 5.2).

// The length of the message head in `bytes`, its empty line included, or nothing while that line
// has not come. `scanned` says how much an earlier call has seen; it is updated.
std::optional<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned);

// Why these bytes, a complete head, are no proper one, or nothing.
std::optional<std::string_view> defect_of_head(std::string_view head);

// Whether a byte is there that no field may hold: a control byte but the tab (RFC 9110, 5.5).
bool has_control_byte(std::string_view text);

}  // namespace signpost::net
