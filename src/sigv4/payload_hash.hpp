#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/digest.hpp"

namespace signpost::sigv4 {

// The values that x-amz-content-sha256 may have (S3 API reference, "Common Request Headers").
enum class PayloadKind : std::uint8_t {
  sha256,                      // 64 lower-case hexadecimal digits: the body must have this hash
  unsigned_payload,            // UNSIGNED-PAYLOAD
  streaming_signed,            // STREAMING-AWS4-HMAC-SHA256-PAYLOAD
  streaming_signed_trailer,    // STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
  streaming_unsigned_trailer,  // STREAMING-UNSIGNED-PAYLOAD-TRAILER
};

// What x-amz-content-sha256 declares about the body. It alone decides the body's framing.
struct PayloadHash {
  PayloadKind kind = PayloadKind::unsigned_payload;  // which of the five
  Sha256Digest digest = {};                          // of kind sha256; zero otherwise

  // Nothing for any other text: upper case, STREAMING-AWS4-ECDSA-..., an empty one.
  static std::optional<PayloadHash> parse(std::string_view text);
  // Whether the body is framed as aws-chunked.
  bool is_streaming() const {
    return kind != PayloadKind::sha256 && kind != PayloadKind::unsigned_payload;
  }
};

}  // namespace signpost::sigv4
