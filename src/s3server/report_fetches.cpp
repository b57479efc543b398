#include "base/try.hpp"
#include "s3/fetched.hpp"
#include "s3/ticket.hpp"
#include "s3server/handlers.hpp"

namespace signpost::s3server {
namespace {

constexpr std::size_t body_bytes = 128;

}  // namespace

net::Task<Outcome> handle(Call& call, const Authenticated& who, const ReportFetches& operation) {
  CO_TRY(std::string place,
         co_await read_document(call, who, operation.bucket, body_bytes, Claim::required));
  if (!s3::is_place(place))
    co_return std::unexpected(
        Failure(s3::ErrorCode::InvalidArgument, "The body is no place in the list of fetches."));
  auto report = [&] {
    return call.store().report_fetches(operation.bucket.str(), place, s3::fetches_in_one_report);
  };
  auto reported = co_await call.pool().run(report);
  if (!reported) co_return std::unexpected(failure_of(reported.error()));
  net::Headers headers;
  headers.add("Content-Type", "text/plain");
  co_await call.respond(200, std::move(headers), s3::write_fetch_report(*reported));
  co_return Outcome{};
}

}  // namespace signpost::s3server
