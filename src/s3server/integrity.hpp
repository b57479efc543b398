#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "s3/checksum.hpp"
#include "s3server/authenticate.hpp"
#include "s3server/failure.hpp"
#include "sigv4/aws_chunked.hpp"

namespace signpost::s3server {

// What a request says about its body, all of which must turn out to be true before anything of it
// is kept ("Checking object integrity" of the S3 User Guide).
struct BodyClaims {
  std::optional<Sha256Digest> payload_sha256;  // x-amz-content-sha256
  std::optional<std::string> content_md5;      // its 16 bytes
  std::optional<s3::ChecksumValue> checksum;   // x-amz-checksum-*
  // Where the body is aws-chunked: how. Its trailer brings the checksum that is announced here.
  std::optional<sigv4::ChunkedBody> chunked;
  std::optional<s3::ChecksumAlgorithm> trailing_checksum;

  // A body could not be changed on its way unnoticed.
  bool any() const {
    return payload_sha256 || content_md5 || checksum || trailing_checksum ||
           (chunked && chunked->seed);
  }
  // The checksum that is claimed, in a field of the head or of the trailer.
  std::optional<s3::ChecksumAlgorithm> algorithm() const {
    return checksum ? std::optional(checksum->algorithm) : trailing_checksum;
  }
};

// InvalidRequest for x-amz-checksum-* of two algorithms.
Failure several_checksums();

// What the fields say of the body alone, without x-amz-checksum-*: CompleteMultipartUpload means
// the object by that. InvalidDigest for a Content-MD5 that is none; for an aws-chunked body the
// errors of sigv4::ChunkedBody::of(), InvalidRequest for a trailer that is no checksum.
std::expected<BodyClaims, Failure> framing_claims(const net::RequestHead& head,
                                                  const Authenticated& who);

// From the fields of a request; checksums in the query of a pre-signed URL are not read
// (docs/adr/0005). The errors of framing_claims(); InvalidRequest for two checksums, one that has
// not the form of its algorithm, or an x-amz-sdk-checksum-algorithm without its value;
// NotImplemented for an algorithm that S3 has and this store has not.
std::expected<BodyClaims, Failure> body_claims(const net::RequestHead& head,
                                               const Authenticated& who);

// The digests of a body as it turned out, against what was claimed: BadDigest,
// XAmzContentSHA256Mismatch. `sha256` is needed where claims.payload_sha256 is there, `checksum`
// (the digest's bytes) where claims.checksum is.
Outcome verify_claims(const BodyClaims& claims, const Md5Digest& md5,
                      const std::optional<Sha256Digest>& sha256,
                      const std::optional<std::string>& checksum);

// The same for a body that was read whole and decoded.
Outcome verify_claims(const BodyClaims& claims, std::string_view body);

}  // namespace signpost::s3server
