#include "base/try.hpp"
#include "s3server/handlers.hpp"
#include "s3server/integrity.hpp"

namespace signpost::s3server {

std::expected<std::shared_ptr<const storage::BucketInfo>, Failure> own_bucket(
    const storage::Store& store, const Authenticated& who, std::string_view name) {
  auto bucket = store.find_bucket(name);
  if (!bucket) {
    return std::unexpected(
        Failure(s3::ErrorCode::NoSuchBucket).detail("BucketName", std::string(name)));
  }
  if (bucket->owner != who.owner()) return std::unexpected(Failure(s3::ErrorCode::AccessDenied));
  return bucket;
}

net::Task<std::expected<std::string, Failure>> read_document(Call& call, const Authenticated& who,
                                                             std::size_t limit, Claim claim) {
  CO_TRY(BodyClaims claims, body_claims(call.head(), who));
  if (claim == Claim::required && !claims.any())
    co_return std::unexpected(
        Failure(s3::ErrorCode::InvalidRequest,
                "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"));
  auto body = co_await call.exchange().read_all(limit);
  if (!body) co_return std::unexpected(failure_of(body.error()));
  CO_TRYV(verify_claims(claims, *body));
  co_return *std::move(body);
}

std::string quoted(std::string_view etag) {
  return std::string("\"").append(etag).append("\"");
}

}  // namespace signpost::s3server
