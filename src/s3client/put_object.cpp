#include "base/try.hpp"
#include "s3client/call.hpp"

namespace signpost::s3client {

S3Task<std::unique_ptr<ObjectWriter>> S3Client::put_object(PutRequest request) {
  Call call{.method = "PUT", .key = request.key, .has_body = true};
  call.content_length = request.content_length;
  call.payload_hash =
      request.payload_sha256 ? std::string_view(*request.payload_sha256) : sigv4::unsigned_payload;
  call.fields.emplace_back("Content-Type", request.content_type);
  if (request.checksum_sha256)
    call.fields.emplace_back("x-amz-checksum-sha256", *request.checksum_sha256);
  if (request.content_md5) call.fields.emplace_back("Content-MD5", *request.content_md5);
  if (request.if_none_match) call.fields.emplace_back("If-None-Match", "*");
  CO_TRY(auto exchange, co_await send(call));
  co_return std::make_unique<ObjectWriter>(std::move(exchange));
}

S3Task<void> ObjectWriter::write(std::span<const char> bytes) {
  auto written = co_await exchange_->write(bytes);
  if (!written) co_return std::unexpected(transport_error(written.error()));
  co_return std::expected<void, S3Error>{};
}

S3Task<PutResult> ObjectWriter::finish() {
  auto head = co_await exchange_->read_head();
  if (!head) co_return std::unexpected(transport_error(head.error()));
  if (head->status != 200) co_return std::unexpected(co_await read_error(*head, *exchange_));
  auto rest = co_await exchange_->read_some();  // to the end, so that the connection is kept
  if (!rest) co_return std::unexpected(transport_error(rest.error()));
  PutResult result{unquoted(field_or_empty(*head, "etag")),
                   optional_field(*head, "x-amz-checksum-sha256")};
  co_return result;
}

}  // namespace signpost::s3client
