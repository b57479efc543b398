#include "s3client/call.hpp"

namespace signpost::s3client {

std::string S3Client::presign(const PresignedUrl& url) const {
  return presigner_.presign({.method = url.method,
                             .bucket = endpoint_.bucket,
                             .key = url.key,
                             .query = url.query,
                             .signed_fields = url.signed_fields,
                             .date = sigv4::AmzDate(url.date),
                             .expires = url.expires});
}

}  // namespace signpost::s3client
