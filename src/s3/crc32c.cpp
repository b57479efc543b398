#include "s3/crc32c.hpp"

#include <isa-l/crc.h>

#include <algorithm>

namespace signpost::s3 {

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
  constexpr std::size_t step = std::size_t{1} << 30;  // the library counts in int
  std::uint32_t state = ~before;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, step);
    // Not const there, but not written to.
    auto* at = reinterpret_cast<unsigned char*>(const_cast<char*>(piece.data()));
    state = crc32_iscsi(at, static_cast<int>(piece.size()), state);
    bytes.remove_prefix(piece.size());
  }
  return ~state;
}

}  // namespace signpost::s3
