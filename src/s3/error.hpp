#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signpost::s3 {

// S3's error codes ("Error responses" of the S3 API reference), by their wire names.
enum class ErrorCode {
  AccessControlListNotSupported,
  AccessDenied,
  AccessForbidden,
  AuthorizationHeaderMalformed,
  AuthorizationQueryParametersError,
  BadDigest,
  BadRequest,
  BucketAlreadyExists,
  BucketAlreadyOwnedByYou,
  BucketNotEmpty,
  ConditionalRequestConflict,
  EntityTooLarge,
  EntityTooSmall,
  ExpectationFailed,        // not S3's: RFC 9110 section 15.5.18
  HTTPVersionNotSupported,  // not S3's: RFC 9110 section 15.6.6
  IllegalLocationConstraintException,
  IncompleteBody,
  InsufficientStorage,  // not S3's: the disk is full (RFC 4918 section 11.5)
  InternalError,
  InvalidAccessKeyId,
  InvalidArgument,
  InvalidBucketName,
  InvalidChunkSizeError,
  InvalidDigest,
  InvalidPart,
  InvalidPartNumber,
  InvalidPartOrder,
  InvalidPolicyDocument,
  InvalidRange,
  InvalidRequest,
  InvalidTag,
  InvalidToken,
  InvalidURI,
  KeyTooLongError,
  MalformedPOSTRequest,
  MalformedTrailerError,
  MalformedXML,
  MaxMessageLengthExceeded,
  MaxPostPreDataLengthExceeded,
  MetadataTooLarge,
  MethodNotAllowed,
  MissingContentLength,
  NoSuchBucket,
  NoSuchCORSConfiguration,
  NoSuchKey,
  NoSuchTagSet,
  NoSuchUpload,
  NoSuchVersion,
  NotImplemented,
  PreconditionFailed,
  RequestHeaderSectionTooLarge,
  RequestTimeout,
  RequestTimeTooSkewed,
  ServiceUnavailable,
  SignatureDoesNotMatch,
  SlowDown,
  URITooLong,  // not S3's: RFC 9110 section 15.5.15
  XAmzContentSHA256Mismatch,
};

struct ErrorInfo {
  std::string_view code;  // on the wire
  unsigned status;        // of HTTP
  std::string_view message;
};

// The row of the table for a code. Total.
ErrorInfo info(ErrorCode code);
// The code with this wire name, for a client; nothing where it is none of these.
std::optional<ErrorCode> parse_error_code(std::string_view wire);

// An answer that is an error: a code, a message where the table's own does not say enough, and
// elements of its own (<Region>, <StringToSign>) for the document.
struct Error {
  ErrorCode code = ErrorCode::InternalError;
  std::string message = {};
  std::vector<std::pair<std::string, std::string>> details = {};

  std::string_view text() const { return message.empty() ? info(code).message : message; }
  friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace signpost::s3
