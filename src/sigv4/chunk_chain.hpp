#pragma once

#include <string>

#include "base/digest.hpp"
#include "sigv4/signing_key.hpp"

namespace signpost::sigv4 {

// What a stream of aws-chunked bytes is signed with: the key, the signature that the first chunk
// continues (the request's own), and the two lines that all strings to sign share.
struct ChunkSeed {
  SigningKey key;      // that of the request
  Signature previous;  // that of the request: the "seed signature"
  std::string date;    // "20130524T000000Z"
  std::string scope;   // "20130524/us-east-1/s3/aws4_request"
};

// The signatures of a stream's chunks, each of which continues the one before it (S3 API reference,
// "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks"
// and "... including trailing headers").
class ChunkChain {
 public:
  // Before the first chunk.
  explicit ChunkChain(ChunkSeed seed) : seed_(std::move(seed)) {}

  // Of the next chunk, whose data have this SHA-256.
  const Signature& sign_chunk(const Sha256Digest& data);
  // Of the trailer, behind the last chunk: SHA-256 of its lines "name:value\n".
  const Signature& sign_trailer(const Sha256Digest& lines);

 private:
  ChunkSeed seed_;
};

}  // namespace signpost::sigv4
