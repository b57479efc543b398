#include <pugixml.hpp>

#include "base/percent.hpp"
#include "base/try.hpp"
#include "s3client/call.hpp"

namespace signpost::s3client {
namespace {

// A copy may begin its answer with 200 and end it with an error (S3 API reference, CopyObject).
std::expected<PutResult, S3Error> parse_copy(const std::string& body) {
  pugi::xml_document document;
  S3Error error;
  error.status = 200;
  if (!document.load_buffer(body.data(), body.size())) {
    error.transport = net::ClientError::malformed;
    return std::unexpected(error);
  }
  pugi::xml_node result = document.child("CopyObjectResult");
  if (!result) {
    error.status = 500;
    error.code = document.child("Error").child_value("Code");
    error.message = document.child("Error").child_value("Message");
    return std::unexpected(error);
  }
  PutResult put;
  put.etag = unquoted(result.child_value("ETag"));
  if (auto checksum = result.child("ChecksumSHA256")) put.checksum_sha256 = checksum.child_value();
  return put;
}

}  // namespace

S3Task<PutResult> S3Client::copy_object(CopyRequest request) {
  Call call{.method = "PUT", .key = request.key, .has_body = true};
  call.fields.emplace_back(
      "x-amz-copy-source",
      "/" + endpoint_.bucket + "/" + percent_encode(request.source_key, Slash::keep));
  if (request.source_etag)
    call.fields.emplace_back("x-amz-copy-source-if-match", "\"" + *request.source_etag + "\"");
  if (request.content_type) {
    call.fields.emplace_back("x-amz-metadata-directive", "REPLACE");
    call.fields.emplace_back("Content-Type", *request.content_type);
  }
  CO_TRY(auto answer, co_await round_trip(call));
  co_return parse_copy(answer.second);
}

}  // namespace signpost::s3client
