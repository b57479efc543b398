#include "base/try.hpp"
#include "s3client/call.hpp"

namespace signpost::s3client {

S3Task<ObjectInfo> S3Client::head_object(std::string key) {
  Call call{.method = "HEAD", .key = key, .fields = {{"x-amz-checksum-mode", "ENABLED"}}};
  CO_TRY(auto exchange, co_await send(call));
  auto head = co_await exchange->read_head();
  if (!head) co_return std::unexpected(transport_error(head.error()));
  if (head->status != 200) co_return std::unexpected(co_await read_error(*head, *exchange));
  if (!head->content_length)
    co_return std::unexpected(transport_error(net::ClientError::malformed));
  ObjectInfo info;
  info.size = *head->content_length;
  info.etag = unquoted(field_or_empty(*head, "etag"));
  info.content_type = field_or_empty(*head, "content-type");
  info.last_modified = field_or_empty(*head, "last-modified");
  info.checksum_sha256 = optional_field(*head, "x-amz-checksum-sha256");
  co_return info;
}

}  // namespace signpost::s3client
