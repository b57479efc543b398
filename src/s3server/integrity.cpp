#include "s3server/integrity.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/hex.hpp"
#include "base/try.hpp"
#include "s3server/call.hpp"

namespace signpost::s3server {
namespace {

using s3::ErrorCode;

constexpr std::string_view checksum_prefix = "x-amz-checksum-";

// x-amz-checksum-mode and its like speak of checksums but are none.
bool is_checksum_value(std::string_view name) {
  return name.starts_with(checksum_prefix) && name != "x-amz-checksum-mode" &&
         name != "x-amz-checksum-type" && name != "x-amz-checksum-algorithm";
}

std::expected<std::optional<std::string>, Failure> content_md5(const net::RequestHead& head) {
  auto text = head.field("Content-MD5");
  if (!text) return std::nullopt;
  auto bytes = base64_decode(*text);
  if (!bytes || bytes->size() != std::tuple_size_v<Md5Digest> || head.count("Content-MD5") != 1)
    return std::unexpected(
        Failure(ErrorCode::InvalidDigest).detail("Content-MD5", std::string(*text)));
  return *std::move(bytes);
}

Outcome take_checksum(const FieldView& field, std::optional<s3::ChecksumValue>& out) {
  std::string name = to_lower(field.name);
  if (!is_checksum_value(name)) return {};
  auto algorithm = s3::checksum_of_header(name);
  if (!algorithm) {
    return std::unexpected(Failure(ErrorCode::NotImplemented).detail("Header", name));
  }
  if (out) return std::unexpected(several_checksums());
  out = s3::ChecksumValue::parse(*algorithm, field.value);
  if (!out)
    return std::unexpected(
        Failure(ErrorCode::InvalidRequest, "Value for " + name + " header is invalid."));
  return {};
}

Outcome check_announced(const Authenticated& who, const BodyClaims& claims) {
  auto announced = who.fields().get("x-amz-sdk-checksum-algorithm");
  if (!announced) return {};
  auto algorithm = s3::parse_checksum_algorithm(*announced);
  if (!algorithm)
    return std::unexpected(
        Failure(ErrorCode::InvalidRequest,
                "Checksum algorithm provided is unsupported. Please try again with any of the "
                "valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"));
  if (claims.algorithm() != algorithm)
    return std::unexpected(
        Failure(ErrorCode::InvalidRequest,
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* "
                "or x-amz-trailer headers were found."));
  return {};
}

// A trailer is a checksum or nothing at all.
std::expected<std::optional<s3::ChecksumAlgorithm>, Failure> trailing_checksum(
    const sigv4::ChunkedBody& body) {
  if (body.trailer_names.empty()) return std::nullopt;
  if (body.trailer_names.size() > 1) return std::unexpected(several_checksums());
  auto algorithm = s3::checksum_of_header(body.trailer_names.front());
  if (algorithm) return *algorithm;
  return std::unexpected(Failure(ErrorCode::InvalidRequest,
                                 "The value specified in the x-amz-trailer header is not "
                                 "supported")
                             .detail("HeaderName", body.trailer_names.front()));
}

Failure chunked_but_for_the_hash(const char* field) {
  return Failure(ErrorCode::InvalidArgument,
                 "This header speaks of an aws-chunked body, and x-amz-content-sha256 does not.")
      .detail("ArgumentName", field);
}

bool names_aws_chunked(std::string_view content_encoding) {
  return to_lower(content_encoding).contains("aws-chunked");
}

// Some SDKs send an aws-chunked body and forget to say so in what they sign. Taken as it stands,
// the lines between the chunks would become part of the object; a trailer would never be checked.
// A body that has been hashed is what it was signed as, whatever Content-Encoding calls it.
Outcome check_plain_body(const net::RequestHead& head, const Authenticated& who) {
  if (who.fields().get("x-amz-trailer"))
    return std::unexpected(chunked_but_for_the_hash("x-amz-trailer"));
  auto decoded = who.fields().get("x-amz-decoded-content-length");
  if (decoded && parse_u64(*decoded) != head.content_length)
    return std::unexpected(chunked_but_for_the_hash("x-amz-decoded-content-length"));
  auto encoding = joined_field(head, "Content-Encoding");
  bool unhashed = who.payload().kind == sigv4::PayloadKind::unsigned_payload;
  if (unhashed && encoding && names_aws_chunked(*encoding))
    return std::unexpected(chunked_but_for_the_hash("Content-Encoding"));
  return {};
}

}  // namespace

Failure several_checksums() {
  return {ErrorCode::InvalidRequest,
          "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."};
}

std::expected<BodyClaims, Failure> framing_claims(const net::RequestHead& head,
                                                  const Authenticated& who) {
  BodyClaims out;
  if (who.payload().kind == sigv4::PayloadKind::sha256) out.payload_sha256 = who.payload().digest;
  TRY(out.content_md5, content_md5(head));
  if (!who.payload().is_streaming()) {
    TRYV(check_plain_body(head, who));
    return out;
  }
  auto chunked = who.chunked_body();
  if (!chunked) return std::unexpected(failure_of(chunked.error()));
  TRY(out.trailing_checksum, trailing_checksum(*chunked));
  out.chunked = *std::move(chunked);
  return out;
}

std::expected<BodyClaims, Failure> body_claims(const net::RequestHead& head,
                                               const Authenticated& who) {
  TRY(BodyClaims out, framing_claims(head, who));
  Outcome taken;
  who.fields().for_each([&](const FieldView& field) {
    if (taken) taken = take_checksum(field, out.checksum);
  });
  TRYV(taken);
  if (out.checksum && out.trailing_checksum) return std::unexpected(several_checksums());
  TRYV(check_announced(who, out));
  return out;
}

Outcome verify_claims(const BodyClaims& claims, const Md5Digest& md5,
                      const std::optional<Sha256Digest>& sha256,
                      const std::optional<std::string>& checksum) {
  if (claims.payload_sha256 && sha256 != claims.payload_sha256) {
    Failure failure = ErrorCode::XAmzContentSHA256Mismatch;
    failure.detail("ClientComputedContentSHA256", hex_encode(*claims.payload_sha256));
    if (sha256) failure.detail("S3ComputedContentSHA256", hex_encode(*sha256));
    return std::unexpected(std::move(failure));
  }
  if (claims.content_md5 && *claims.content_md5 != as_bytes_view(md5)) {
    return std::unexpected(Failure(ErrorCode::BadDigest)
                               .detail("ExpectedDigest", base64_encode(*claims.content_md5))
                               .detail("CalculatedDigest", base64_encode(as_bytes_view(md5))));
  }
  if (claims.checksum && (!checksum || base64_encode(*checksum) != claims.checksum->base64)) {
    return std::unexpected(
        Failure(ErrorCode::BadDigest, std::string("The ") +
                                          std::string(s3::name(claims.checksum->algorithm)) +
                                          " you specified did not match the calculated checksum."));
  }
  return {};
}

Outcome verify_claims(const BodyClaims& claims, std::string_view body) {
  std::optional<Sha256Digest> digest;
  if (claims.payload_sha256) digest = sha256(body);
  std::optional<std::string> checksum;
  if (claims.checksum) checksum = s3::Checksum(claims.checksum->algorithm).update(body).finish();
  return verify_claims(claims, Md5().update(body).finish(), digest, checksum);
}

}  // namespace signpost::s3server
