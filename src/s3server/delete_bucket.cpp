#include "s3server/handlers.hpp"

namespace signpost::s3server {

net::Task<Outcome> handle(Call& call, const Authenticated&, const DeleteBucket& operation) {
  auto remove = [&] { return call.store().delete_bucket(operation.bucket.str()); };
  auto removed = co_await call.pool().run(remove);
  if (!removed) co_return std::unexpected(failure_of(removed.error()));
  co_await call.respond(204);
  co_return Outcome{};
}

}  // namespace signpost::s3server
