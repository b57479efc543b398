#include "sigv4/payload_hash.hpp"

#include <algorithm>

#include "base/hex.hpp"

namespace signpost::sigv4 {

std::optional<PayloadHash> PayloadHash::parse(std::string_view text) {
  using enum PayloadKind;
  if (is_lower_hex(text, 64)) {
    PayloadHash out{.kind = sha256};
    for (std::size_t i = 0; i < out.digest.size(); ++i)
      out.digest[i] =
          static_cast<std::uint8_t>(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
    return out;
  }
  if (text == "UNSIGNED-PAYLOAD") return PayloadHash{.kind = unsigned_payload};
  if (text == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") return PayloadHash{.kind = streaming_signed};
  if (text == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
    return PayloadHash{.kind = streaming_signed_trailer};
  if (text == "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    return PayloadHash{.kind = streaming_unsigned_trailer};
  return std::nullopt;
}

}  // namespace signpost::sigv4
