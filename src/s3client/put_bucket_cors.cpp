#include "base/base64.hpp"
#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/try.hpp"
#include "s3client/call.hpp"

namespace signpost::s3client {

S3Task<void> S3Client::put_bucket_cors(const s3::CorsConfiguration& configuration) {
  Call call{.method = "PUT", .query = {{"cors", ""}}, .has_body = true};
  call.body = s3::to_xml(configuration);
  call.content_length = call.body.size();
  Md5Digest md5 = Md5().update(call.body).finish();
  call.fields = {{"Content-MD5", base64_encode(as_bytes_view(md5))},
                 {"Content-Type", "application/xml"}};
  std::string hash = hex_encode(sha256(call.body));
  call.payload_hash = hash;
  CO_TRYV(co_await round_trip(call));
  co_return std::expected<void, S3Error>{};
}

}  // namespace signpost::s3client
