#include "base/try.hpp"
#include "s3client/call.hpp"

namespace signpost::s3client {

S3Task<void> S3Client::head_bucket() {
  Call call{.method = "HEAD"};
  CO_TRYV(co_await round_trip(call));
  co_return std::expected<void, S3Error>{};
}

}  // namespace signpost::s3client
