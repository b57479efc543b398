#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/try.hpp"
#include "s3client/call.hpp"

namespace signpost::s3client {

S3Task<void> S3Client::create_bucket() {
  Call call{.method = "PUT", .has_body = true};
  // us-east-1 is the one region that may not be named (S3 API reference, CreateBucket).
  if (endpoint_.region != "us-east-1")
    call.body =
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<LocationConstraint>" +
        endpoint_.region + "</LocationConstraint></CreateBucketConfiguration>";
  call.content_length = call.body.size();
  std::string hash = hex_encode(sha256(call.body));
  call.payload_hash = hash;
  auto answer = co_await round_trip(call);
  if (!answer && answer.error().code != "BucketAlreadyOwnedByYou")
    co_return std::unexpected(answer.error());
  co_return std::expected<void, S3Error>{};
}

}  // namespace signpost::s3client
