#include <vector>

#include "base/limits.hpp"
#include "base/try.hpp"
#include "s3/ticket.hpp"
#include "s3server/handlers.hpp"

namespace signpost::s3server {
namespace {

constexpr std::size_t body_bytes = s3::withdrawals_in_one_request * (s3::ticket_tag_characters + 1);

// No URL lives longer, whatever its clock.
constexpr std::chrono::seconds refused_for = limits::presigned_lifetime + 2 * limits::clock_skew;

// A tag on each line, and at least one.
std::expected<std::vector<std::string>, Failure> parse_tags(std::string_view body) {
  std::vector<std::string> tags;
  while (!body.empty()) {
    std::size_t end = body.find('\n');
    if (end == std::string_view::npos || !s3::is_ticket_tag(body.substr(0, end))) break;
    tags.emplace_back(body.substr(0, end));
    body.remove_prefix(end + 1);
  }
  if (tags.empty() || !body.empty())
    return std::unexpected(
        Failure(s3::ErrorCode::InvalidArgument, "The body is no list of ticket tags."));
  return tags;
}

}  // namespace

net::Task<Outcome> handle(Call& call, const Authenticated& who, const WithdrawTickets& operation) {
  CO_TRY(std::string body,
         co_await read_document(call, who, operation.bucket, body_bytes, Claim::required));
  CO_TRY(std::vector<std::string> tags, parse_tags(body));
  const UnixSeconds until = call.now() + refused_for;
  auto withdraw = [&] {
    return call.store().withdraw_tickets(operation.bucket.str(), tags, call.now(), until);
  };
  auto done = co_await call.pool().run(withdraw);
  if (!done) co_return std::unexpected(failure_of(done.error()));
  co_await call.respond(204);
  co_return Outcome{};
}

}  // namespace signpost::s3server
