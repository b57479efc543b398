#include "base/try.hpp"
#include "s3server/handlers.hpp"
#include "s3server/request_fields.hpp"

namespace signpost::s3server {

net::Task<Outcome> handle(Call& call, const Authenticated&, const DeleteObject& operation) {
  CO_TRY(auto condition, write_condition(call.head()));
  auto remove = [&] {
    return call.store().remove(operation.bucket.str(), operation.key.str(), condition);
  };
  auto removed = co_await call.pool().run(remove);
  if (!removed) co_return std::unexpected(failure_of(removed.error()));
  co_await call.respond(204);
  co_return Outcome{};
}

}  // namespace signpost::s3server
