#include <algorithm>

#include "s3client/call.hpp"

namespace signpost::s3client {

void S3Client::presign_to(std::string& out, const PresignedUrl& url) {
  const Signers& with = signers();
  std::chrono::seconds expires = url.expires;
  if (const auto end = with.snapshot->ends_at) {
    expires = std::max(std::min(expires, *end - url.date), std::chrono::seconds{1});
  }
  if (url.date != url_date_.time()) url_date_ = sigv4::AmzDate(url.date);
  with.presigner.presign_to(out, {.method = url.method,
                                  .bucket = endpoint_.bucket,
                                  .key = url.key,
                                  .query = url.query,
                                  .signed_fields = url.signed_fields,
                                  .date = url_date_,
                                  .expires = expires});
}

}  // namespace signpost::s3client
