#include "s3server/handlers.hpp"

namespace signpost::s3server {

net::Task<Outcome> handle(Call& call, const Authenticated&, const HeadBucket&) {
  net::Headers headers;
  headers.add("x-amz-bucket-region", call.region());
  co_await call.respond(200, std::move(headers));
  co_return Outcome{};
}

}  // namespace signpost::s3server
