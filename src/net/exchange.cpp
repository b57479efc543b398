#include "net/exchange.hpp"

#include "base/try.hpp"

namespace signpost::net {

Task<std::expected<std::string, BodyError>> Exchange::read_all(std::size_t limit) {
  if (head().content_length.value_or(0) > limit) co_return std::unexpected(BodyError::too_large);
  std::string body;
  for (;;) {
    CO_TRY(std::span<const char> piece, co_await read_some());
    if (piece.empty()) co_return body;
    if (body.size() + piece.size() > limit) co_return std::unexpected(BodyError::too_large);
    body.append(piece.data(), piece.size());
  }
}

}  // namespace signpost::net
