#include "base/try.hpp"
#include "s3server/handlers.hpp"
#include "s3server/receive_body.hpp"
#include "s3server/request_fields.hpp"

namespace signpost::s3server {
namespace {

using s3::ErrorCode;

struct Plan {
  BodyClaims claims;
  storage::PutWriter::Commit commit;
};

std::expected<Plan, Failure> plan_put(const net::RequestHead& head, const Authenticated& who,
                                      const PutObject& operation) {
  // A piece of the object, which taken for the whole would put an end to the rest (RFC 9110 section
  // 14.5).
  if (head.field("Content-Range"))
    return std::unexpected(Failure(ErrorCode::NotImplemented).detail("Header", "Content-Range"));
  Plan plan;
  TRY(plan.claims, body_claims(head, who));
  TRYV(check_body_length(head, plan.claims));
  TRY(plan.commit.fields, object_fields(head, who));
  TRY(plan.commit.condition, write_condition(head));
  plan.commit.bucket = operation.bucket.str();
  plan.commit.key = operation.key.str();
  return plan;
}

// Refused before its body is read, where the precondition cannot hold. What counts is the same
// check at the commit.
net::Task<Outcome> check_early(Call& call, const storage::PutWriter::Commit& commit) {
  const storage::WriteCondition& condition = commit.condition;
  if (!condition.if_none_match_any && !condition.if_match) co_return Outcome{};
  auto head = [&] { return call.store().head(commit.bucket, commit.key); };
  auto found = co_await call.pool().run(head);
  if (found && condition.if_none_match_any)
    co_return std::unexpected(
        Failure(ErrorCode::PreconditionFailed).detail("Condition", "If-None-Match"));
  if (condition.if_match && !found) co_return std::unexpected(failure_of(found.error()));
  if (condition.if_match && *condition.if_match != "*" && *condition.if_match != found->etag)
    co_return std::unexpected(
        Failure(ErrorCode::PreconditionFailed).detail("Condition", "If-Match"));
  co_return Outcome{};
}

}  // namespace

net::Task<Outcome> handle(Call& call, const Authenticated& who, const PutObject& operation) {
  CO_TRY(Plan plan, plan_put(call.head(), who, operation));
  auto allowed = co_await check_early(call, plan.commit);
  if (!allowed) co_return allowed;

  storage::PutWriter::Commit& commit = plan.commit;
  auto store =
      [&](storage::PutWriter& writer,
          const storage::ObjectChecksum& checksum) -> std::expected<storage::ObjectInfo, Failure> {
    TRYV(check_url_still(call, who, operation.bucket.str()));
    commit.checksum = checksum;
    auto stored = writer.commit(std::move(commit));
    if (!stored) return std::unexpected(failure_of(stored.error()));
    return *std::move(stored);
  };
  auto stored = co_await receive_body(call, plan.claims, s3::default_checksum, store);
  if (!stored) co_return std::unexpected(std::move(stored).error());

  net::Headers headers;
  headers.add("ETag", quoted(stored->etag));
  if (stored->checksum) add_checksum(headers, *stored->checksum);
  co_await call.respond(200, std::move(headers));
  co_return Outcome{};
}

}  // namespace signpost::s3server
