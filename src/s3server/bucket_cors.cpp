#include "base/try.hpp"
#include "s3/cors.hpp"
#include "s3server/handlers.hpp"

namespace signpost::s3server {

net::Task<Outcome> handle(Call& call, const Authenticated&, const GetBucketCors& operation) {
  auto bucket = call.store().find_bucket(operation.bucket.str());
  if (!bucket) co_return std::unexpected(s3::ErrorCode::NoSuchBucket);
  if (!bucket->cors) {
    co_return std::unexpected(Failure(s3::ErrorCode::NoSuchCORSConfiguration)
                                  .detail("BucketName", operation.bucket.str()));
  }
  co_await call.respond_xml(*bucket->cors);
  co_return Outcome{};
}

net::Task<Outcome> handle(Call& call, const Authenticated& who, const PutBucketCors& operation) {
  auto body =
      co_await read_document(call, who, operation.bucket, s3::cors_document_bytes, Claim::required);
  if (!body) co_return std::unexpected(std::move(body).error());
  CO_TRY(auto configuration, s3::parse_cors(*body));
  // What was understood is kept, and not what came.
  auto put = [&] { return call.store().put_cors(operation.bucket.str(), to_xml(configuration)); };
  auto done = co_await call.pool().run(put);
  if (!done) co_return std::unexpected(failure_of(done.error()));
  co_await call.respond(200);
  co_return Outcome{};
}

net::Task<Outcome> handle(Call& call, const Authenticated&, const DeleteBucketCors& operation) {
  auto remove = [&] { return call.store().put_cors(operation.bucket.str(), std::nullopt); };
  auto done = co_await call.pool().run(remove);
  if (!done) co_return std::unexpected(failure_of(done.error()));
  co_await call.respond(204);
  co_return Outcome{};
}

}  // namespace signpost::s3server
