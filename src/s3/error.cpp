#include "s3/error.hpp"

#include <array>
#include <utility>

namespace signpost::s3 {
namespace {

// In the order of ErrorCode.
constexpr std::array error_table = {
    ErrorInfo{"AccessControlListNotSupported", 400, "The bucket does not allow ACLs."},
    ErrorInfo{"AccessDenied", 403, "Access Denied."},
    ErrorInfo{"AccessForbidden", 403, "CORSResponse: This CORS request is not allowed."},
    ErrorInfo{"AuthorizationHeaderMalformed", 400,
              "The authorization header that you provided is not valid."},
    ErrorInfo{"AuthorizationQueryParametersError", 400,
              "The authorization query parameters that you provided are not valid."},
    ErrorInfo{
        "BadDigest", 400,
        "The Content-MD5 or checksum value that you specified did not match what we received."},
    ErrorInfo{"BadRequest", 400, "The request is not valid."},
    ErrorInfo{"BucketAlreadyExists", 409,
              "The requested bucket name is not available. Select a different name and try again."},
    ErrorInfo{"BucketAlreadyOwnedByYou", 409,
              "The bucket that you tried to create already exists, and you own it."},
    ErrorInfo{"BucketNotEmpty", 409, "The bucket that you tried to delete is not empty."},
    ErrorInfo{"ConditionalRequestConflict", 409,
              "A conflicting operation occurred while this request was under way."},
    ErrorInfo{"EntityTooLarge", 400,
              "Your proposed upload exceeds the maximum allowed object size."},
    ErrorInfo{"EntityTooSmall", 400,
              "Your proposed upload is smaller than the minimum allowed object size."},
    ErrorInfo{"ExpectationFailed", 417,
              "The expectation given in the Expect header field could not be met."},
    ErrorInfo{"HTTPVersionNotSupported", 505,
              "The version of HTTP in the request is not supported."},
    ErrorInfo{"IllegalLocationConstraintException", 400,
              "The specified location constraint is not valid for this region."},
    ErrorInfo{
        "IncompleteBody", 400,
        "You did not provide the number of bytes specified by the Content-Length HTTP header."},
    ErrorInfo{"InsufficientStorage", 507,
              "The storage that the server keeps its objects on is full."},
    ErrorInfo{"InternalError", 500, "We encountered an internal error. Please try again."},
    ErrorInfo{"InvalidAccessKeyId", 403,
              "The access key ID that you provided does not exist in our records."},
    ErrorInfo{"InvalidArgument", 400, "Invalid argument."},
    ErrorInfo{"InvalidBucketName", 400, "The specified bucket is not valid."},
    ErrorInfo{"InvalidChunkSizeError", 400,
              "Only the last chunk is allowed to have a size less than 8192 bytes."},
    ErrorInfo{"InvalidDigest", 400,
              "The Content-MD5 or checksum value that you specified is not valid."},
    ErrorInfo{"InvalidPart", 400, "One or more of the specified parts could not be found."},
    ErrorInfo{"InvalidPartNumber", 416, "The requested part number is not satisfiable."},
    ErrorInfo{"InvalidPartOrder", 400, "The list of parts was not in ascending order."},
    ErrorInfo{
        "InvalidPolicyDocument", 400,
        "The content of the form does not meet the conditions specified in the policy document."},
    ErrorInfo{"InvalidRange", 416, "The requested range is not satisfiable."},
    ErrorInfo{"InvalidRequest", 400, "Invalid request."},
    ErrorInfo{"InvalidTag", 400, "The tag provided was not a valid tag."},
    ErrorInfo{"InvalidToken", 400, "The provided token is malformed or otherwise not valid."},
    ErrorInfo{"InvalidURI", 400, "The specified URI couldn't be parsed."},
    ErrorInfo{"KeyTooLongError", 400, "Your key is too long."},
    ErrorInfo{"MalformedPOSTRequest", 400,
              "The body of your POST request is not well-formed multipart/form-data."},
    ErrorInfo{"MalformedTrailerError", 400,
              "The request contained trailing data that was not well-formed or did not conform to "
              "our published schema."},
    ErrorInfo{"MalformedXML", 400,
              "The XML that you provided was not well-formed or did not validate against our "
              "published schema."},
    ErrorInfo{"MaxMessageLengthExceeded", 400, "Your request was too large."},
    ErrorInfo{"MaxPostPreDataLengthExceeded", 400,
              "Your POST request fields preceding the upload file were too large."},
    ErrorInfo{"MetadataTooLarge", 400,
              "Your metadata headers exceed the maximum allowed metadata size."},
    ErrorInfo{"MethodNotAllowed", 405,
              "The specified method is not allowed against this resource."},
    ErrorInfo{"MissingContentLength", 411, "You must provide the Content-Length HTTP header."},
    ErrorInfo{"NoSuchBucket", 404, "The specified bucket does not exist."},
    ErrorInfo{"NoSuchCORSConfiguration", 404, "The CORS configuration does not exist."},
    ErrorInfo{"NoSuchKey", 404, "The specified key does not exist."},
    ErrorInfo{"NoSuchTagSet", 404, "The TagSet does not exist."},
    ErrorInfo{"NoSuchUpload", 404,
              "The specified multipart upload does not exist. The upload ID might be invalid, or "
              "the upload might have been aborted or completed."},
    ErrorInfo{"NoSuchVersion", 404, "The specified version does not exist."},
    ErrorInfo{"NotImplemented", 501,
              "A header or query parameter that you provided implies functionality that is not "
              "implemented."},
    ErrorInfo{"PreconditionFailed", 412,
              "At least one of the preconditions that you specified did not hold."},
    ErrorInfo{"RequestHeaderSectionTooLarge", 431,
              "Your request header fields exceed the maximum allowed size."},
    ErrorInfo{"RequestTimeout", 400,
              "Your socket connection to the server was not read from or written to within the "
              "timeout period."},
    ErrorInfo{"RequestTimeTooSkewed", 403,
              "The difference between the request time and the server's time is too large."},
    ErrorInfo{"ServiceUnavailable", 503, "Service is unable to handle request."},
    ErrorInfo{"SignatureDoesNotMatch", 403,
              "The request signature that we calculated does not match the signature that you "
              "provided. Check your AWS secret access key and signing method."},
    ErrorInfo{"SlowDown", 503, "Please reduce your request rate."},
    ErrorInfo{"URITooLong", 414, "The request line exceeds the maximum allowed size."},
    ErrorInfo{"XAmzContentSHA256Mismatch", 400,
              "The provided 'x-amz-content-sha256' header does not match what was computed."},
};
constexpr auto code_count = static_cast<std::size_t>(ErrorCode::XAmzContentSHA256Mismatch) + 1;
static_assert(error_table.size() == code_count);

}  // namespace

ErrorInfo info(ErrorCode code) {
  return error_table.at(static_cast<std::size_t>(code));
}

std::optional<ErrorCode> parse_error_code(std::string_view wire) {
  for (std::size_t i = 0; i < error_table.size(); ++i) {
    if (error_table[i].code == wire) return static_cast<ErrorCode>(i);
  }
  return std::nullopt;
}

}  // namespace signpost::s3
