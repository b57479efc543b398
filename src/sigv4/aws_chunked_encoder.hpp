#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sigv4/aws_chunked.hpp"
#include "sigv4/chunk_chain.hpp"

namespace signpost::sigv4 {

// Frames and signs a body as aws-chunked. The data themselves are never touched: send what
// chunk_head() says, the data, and chunk_end, for each chunk, then what end() says. The request
// must carry x-amz-decoded-content-length, and x-amz-trailer where there is a trailer.
class AwsChunkedEncoder {
 public:
  // What stands behind a chunk's data.
  static constexpr std::string_view chunk_end = "\r\n";

  // `kind` is a streaming one; `seed` where it is signed (SignedRequest::chunk_seed).
  AwsChunkedEncoder(PayloadKind kind, std::optional<ChunkSeed> seed);

  // The line before a chunk's data, which are not empty. For signed kinds every chunk but the last
  // must have limits::aws_chunk_bytes_min bytes.
  std::string chunk_head(std::string_view data);
  // The last chunk, the trailer and the end. Names in lower case, values without control
  // characters; only for kinds that have a trailer.
  std::string end(std::span<const Trailer> trailer = {});

 private:
  PayloadKind kind_;
  std::optional<ChunkChain> chain_;
};

// The Content-Length of a body of `decoded_length` bytes that is sent in chunks of `chunk_bytes`
// each but the last. Of the trailer only the lengths count.
std::uint64_t encoded_length(PayloadKind kind, std::uint64_t decoded_length,
                             std::uint64_t chunk_bytes, std::span<const Trailer> trailer = {});

}  // namespace signpost::sigv4
