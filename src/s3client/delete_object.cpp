#include "base/try.hpp"
#include "s3client/call.hpp"

namespace signpost::s3client {

S3Task<void> S3Client::delete_object(std::string key) {
  Call call{.method = "DELETE", .key = key};
  auto answer = co_await round_trip(call);
  if (!answer && answer.error().code != "NoSuchKey") co_return std::unexpected(answer.error());
  co_return std::expected<void, S3Error>{};
}

}  // namespace signpost::s3client
