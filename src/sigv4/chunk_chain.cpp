#include "sigv4/chunk_chain.hpp"

#include <string_view>

#include "base/hex.hpp"
#include "sigv4/sign_header.hpp"

namespace signpost::sigv4 {
namespace {

// The lines that chunks and trailers have in common, each with its end.
std::string first_lines(std::string_view algorithm, const ChunkSeed& seed) {
  std::string text;
  text.reserve(320);
  for (std::string_view line : {algorithm, std::string_view(seed.date),
                                std::string_view(seed.scope), seed.previous.hex()}) {
    text += line;
    text += '\n';
  }
  return text;
}

}  // namespace

const Signature& ChunkChain::sign_chunk(const Sha256Digest& data) {
  std::string text = first_lines("AWS4-HMAC-SHA256-PAYLOAD", seed_);
  text += empty_payload;
  text += '\n';
  text += hex_encode(data);
  seed_.previous = seed_.key.sign(text);
  return seed_.previous;
}

const Signature& ChunkChain::sign_trailer(const Sha256Digest& lines) {
  const std::string text = first_lines("AWS4-HMAC-SHA256-TRAILER", seed_) + hex_encode(lines);
  seed_.previous = seed_.key.sign(text);
  return seed_.previous;
}

}  // namespace signpost::sigv4
