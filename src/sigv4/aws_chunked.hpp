#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sigv4/chunk_chain.hpp"
#include "sigv4/payload_hash.hpp"
#include "sigv4/signed_fields.hpp"
#include "sigv4/verify.hpp"

namespace signpost::sigv4 {

// What is wrong with an aws-chunked body or with the fields that announce it. In the comments, S3's
// error code and the HTTP status.
enum class ChunkedError : std::uint8_t {
  missing_length,        // MissingContentLength 411: no x-amz-decoded-content-length
  invalid_length,        // InvalidArgument 400: that it is no number, or comes twice
  invalid_announcement,  // InvalidArgument 400: x-amz-trailer is no list of names, or has no place
  malformed_chunk,       // InvalidRequest 400: a chunk's first line, or no CRLF behind its data
  chunk_too_small,       // InvalidChunkSizeError 400: signed, under 8 KiB, and not the last
  wrong_length,          // IncompleteBody 400: not as many bytes as announced
  incomplete,            // IncompleteBody 400: the body ends before its last line
  bytes_behind_the_end,  // InvalidRequest 400
  malformed_trailer,   // MalformedTrailerError 400: no "name:value", unannounced, twice, or absent
  signature_mismatch,  // SignatureDoesNotMatch 403: of a chunk or of the trailer
};

// S3's error code, as it stands in the XML document. Total.
std::string_view s3_code(ChunkedError error);
// The HTTP status. Total.
unsigned http_status(ChunkedError error);
// One sentence for a person.
std::string_view to_string(ChunkedError error);

// How a body is framed and signed.
struct ChunkedBody {
  PayloadKind kind = PayloadKind::streaming_unsigned_trailer;  // one that is_streaming()
  std::uint64_t decoded_length = 0;                            // bytes of data
  // Names of the trailer's fields, lower case, in the order of x-amz-trailer.
  std::vector<std::string> trailer_names = {};
  // Where the kind is signed; nothing otherwise.
  std::optional<ChunkSeed> seed = {};

  // From a request whose payload().is_streaming(), and those of its fields that are signed:
  // x-amz-decoded-content-length, x-amz-trailer. The errors are the first three.
  static std::expected<ChunkedBody, ChunkedError> of(const Verified& request,
                                                     const SignedFields& fields);
};

// A field of the trailer, its name in lower case, its value without white space around it.
struct Trailer {
  std::string name;   // lower case
  std::string value;  // neither decoded nor checked
};

}  // namespace signpost::sigv4
