#include "base/ascii.hpp"
#include "base/random.hpp"
#include "log/log.hpp"
#include "s3/error_xml.hpp"
#include "s3server/failure.hpp"
#include "sqlite/database.hpp"
#include "storage/file_io.hpp"

namespace signpost::s3server {
namespace {

using s3::ErrorCode;

bool is_disk_full(const std::exception& error) {
  if (const auto* io = dynamic_cast<const storage::IoError*>(&error)) return io->is_disk_full();
  if (const auto* index = dynamic_cast<const sqlite::Error*>(&error)) return index->is_disk_full();
  return false;
}

// The disk does not do now what it did before, or the process is at a limit of the system: the same
// request may succeed later.
bool is_passing(const std::exception& error) {
  if (dynamic_cast<const storage::DamageError*>(&error) != nullptr) return false;
  if (const auto* io = dynamic_cast<const storage::IoError*>(&error)) return io->number() != ENOENT;
  const auto* index = dynamic_cast<const sqlite::Error*>(&error);
  return index != nullptr && index->is_failed_io();
}

// The statuses of net::Fallback::refuse.
ErrorCode code_of_status(unsigned status) {
  switch (status) {
    case 405:
      return ErrorCode::MethodNotAllowed;
    case 408:
      return ErrorCode::RequestTimeout;
    case 413:
      return ErrorCode::EntityTooLarge;
    case 414:
      return ErrorCode::URITooLong;
    case 417:
      return ErrorCode::ExpectationFailed;
    case 431:
      return ErrorCode::RequestHeaderSectionTooLarge;
    case 501:
      return ErrorCode::NotImplemented;
    case 505:
      return ErrorCode::HTTPVersionNotSupported;
    default:
      return ErrorCode::BadRequest;
  }
}

net::Response to_response(const s3::Error& error, unsigned status) {
  std::string request_id = make_request_id();
  net::Response response;
  response.status = status;
  response.body = s3::write_error(error, "", request_id);
  response.headers.add("x-amz-request-id", request_id).add("Content-Type", "application/xml");
  return response;
}

}  // namespace

Failure failure_of(storage::Refusal refusal) {
  switch (refusal) {
    case storage::Refusal::no_such_bucket:
      return ErrorCode::NoSuchBucket;
    case storage::Refusal::no_such_key:
      return ErrorCode::NoSuchKey;
    case storage::Refusal::bucket_exists:
      return ErrorCode::BucketAlreadyExists;
    case storage::Refusal::bucket_owned:
      return ErrorCode::BucketAlreadyOwnedByYou;
    case storage::Refusal::bucket_not_empty:
      return ErrorCode::BucketNotEmpty;
    case storage::Refusal::precondition_failed:
      return ErrorCode::PreconditionFailed;
    case storage::Refusal::no_such_upload:
      return ErrorCode::NoSuchUpload;
    case storage::Refusal::too_many_uploads:
      return {ErrorCode::InvalidRequest,
              "Too many multipart uploads are under way in this bucket: complete or abort some."};
    case storage::Refusal::invalid_part:
      return ErrorCode::InvalidPart;
    case storage::Refusal::part_too_small:
      return ErrorCode::EntityTooSmall;
    case storage::Refusal::object_too_large:
      return ErrorCode::EntityTooLarge;
    case storage::Refusal::size_mismatch:
      return {ErrorCode::InvalidRequest, "The parts together have another size."};
    case storage::Refusal::checksum_mismatch:
      return ErrorCode::BadDigest;
  }
  std::unreachable();
}

Failure failure_of(const sigv4::Rejection& rejection) {
  // Both tables are tested to agree (error_response_test.cpp).
  auto code = s3::parse_error_code(sigv4::s3_code(rejection.refusal));
  Failure failure{
      s3::Error{code.value_or(ErrorCode::AccessDenied), rejection.message, rejection.details}};
  // To HEAD there is no document, and SDKs that signed for another region look for it there.
  for (const auto& [name, value] : rejection.details)
    if (name == "Region") failure.headers.add("x-amz-bucket-region", value);
  return failure;
}

Failure failure_of(sigv4::ChunkedError error) {
  auto code = s3::parse_error_code(sigv4::s3_code(error));
  return {code.value_or(ErrorCode::InvalidRequest), std::string(sigv4::to_string(error))};
}

Failure failure_of(net::BodyError error) {
  switch (error) {
    case net::BodyError::disconnected:
      return ErrorCode::IncompleteBody;
    case net::BodyError::timed_out:
      return ErrorCode::RequestTimeout;
    case net::BodyError::malformed:
      return {ErrorCode::InvalidRequest, "The chunked framing of the body is broken."};
    case net::BodyError::too_large:
      return ErrorCode::MaxMessageLengthExceeded;
  }
  std::unreachable();
}

Failure failure_of(s3::XmlError error) {
  switch (error) {
    case s3::XmlError::too_large:
      return ErrorCode::MaxMessageLengthExceeded;
    case s3::XmlError::not_utf8:
    case s3::XmlError::doctype:
    case s3::XmlError::too_deep:
    case s3::XmlError::malformed:
      return ErrorCode::MalformedXML;
  }
  std::unreachable();
}

Failure failure_of(http::FormError error) {
  return {ErrorCode::MalformedPOSTRequest,
          "The body of your POST request is not well-formed multipart/form-data: " +
              std::string(http::to_string(error)) + "."};
}

Failure failure_of(const std::exception& error) {
  log::error("a request failed: {}", error.what());
  if (is_disk_full(error)) return ErrorCode::InsufficientStorage;
  return is_passing(error) ? ErrorCode::ServiceUnavailable : ErrorCode::InternalError;
}

net::Fallback error_fallback() {
  net::Fallback fallback;
  fallback.refuse = [](unsigned status, std::string_view detail) {
    return to_response({code_of_status(status), std::string(detail), {}}, status);
  };
  fallback.failed = [](const std::exception& error) {
    s3::Error answer = failure_of(error).error;
    return to_response(answer, s3::info(answer.code).status);
  };
  return fallback;
}

std::string make_request_id() {
  // The generator is asked for many at once: each question is dearer than its answer.
  constexpr std::size_t id_bytes = 8;
  thread_local std::string random;
  if (random.empty()) random = random_bytes(64 * id_bytes);
  constexpr char digits[] = "0123456789ABCDEF";
  std::string id(2 * id_bytes, '\0');
  for (std::size_t i = 0; i < id.size(); i += 2) {
    const auto byte = static_cast<std::uint8_t>(random.back());
    random.pop_back();
    id[i] = digits[byte >> 4];
    id[i + 1] = digits[byte & 15];
  }
  return id;
}

}  // namespace signpost::s3server
