#include <algorithm>
#include <memory>
#include <vector>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/try.hpp"
#include "s3server/handlers.hpp"
#include "s3server/integrity.hpp"
#include "s3server/request_fields.hpp"

namespace signpost::s3server {
namespace {

using s3::ErrorCode;

// How much is gathered before the pool writes it: a hop to another thread is dearer than a copy.
constexpr std::size_t write_bytes = 256 * 1024;

struct Plan {
  BodyClaims claims;
  storage::PutWriter::Commit commit;
};

Outcome check_length(const net::RequestHead& head) {
  if (!head.content_length) return std::unexpected(ErrorCode::MissingContentLength);
  if (*head.content_length > limits::put_object_bytes) {
    return std::unexpected(Failure(ErrorCode::EntityTooLarge)
                               .detail("ProposedSize", std::to_string(*head.content_length))
                               .detail("MaxSizeAllowed", std::to_string(limits::put_object_bytes)));
  }
  return {};
}

std::expected<Plan, Failure> plan_put(const net::RequestHead& head, const Authenticated& who,
                                      const PutObject& operation) {
  TRYV(check_length(head));
  Plan plan;
  TRY(plan.claims, body_claims(head, who));
  TRY(plan.commit.fields, object_fields(head, who));
  TRY(plan.commit.condition, write_condition(head));
  plan.commit.bucket = operation.bucket.str();
  plan.commit.key = operation.key.str();
  if (const auto& checksum = plan.claims.checksum)
    plan.commit.checksum =
        storage::ObjectChecksum{std::string(s3::name(checksum->algorithm)), checksum->base64};
  return plan;
}

// A body on its way into the store. Every member may block: it is used in the pool alone.
class Upload {
 public:
  Upload(storage::Store& store, Plan plan)
      : plan_(std::move(plan)), writer_(store.begin_put(needs_sha256())) {
    if (plan_.claims.checksum && !takes_sha256_as_checksum())
      checksum_.emplace(plan_.claims.checksum->algorithm);
  }

  void write(std::string_view bytes) {
    writer_.write(bytes);
    if (checksum_) checksum_->update(bytes);
  }

  // The object is durable and visible only if all claims hold.
  std::expected<storage::ObjectInfo, Failure> finish() {
    std::optional<Sha256Digest> sha256;
    if (needs_sha256()) sha256 = writer_.sha256();
    std::optional<std::string> checksum;
    if (checksum_) checksum = checksum_->finish();
    if (takes_sha256_as_checksum()) checksum = std::string(as_bytes_view(*sha256));
    TRYV(verify_claims(plan_.claims, writer_.md5(), sha256, checksum));
    auto stored = writer_.commit(std::move(plan_.commit));
    if (!stored) return std::unexpected(failure_of(stored.error()));
    return *std::move(stored);
  }

 private:
  bool takes_sha256_as_checksum() const {
    return plan_.claims.checksum &&
           plan_.claims.checksum->algorithm == s3::ChecksumAlgorithm::SHA256;
  }
  bool needs_sha256() const {
    return plan_.claims.payload_sha256.has_value() || takes_sha256_as_checksum();
  }

  Plan plan_;
  storage::PutWriter writer_;
  std::optional<s3::Checksum> checksum_;
};

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

// Reads the body to its end and writes all of it but the last piece, which it leaves in `rest`.
net::Task<Outcome> receive(Call& call, Upload& upload, std::vector<char>& rest) {
  std::size_t room = static_cast<std::size_t>(
      std::min<std::uint64_t>(write_bytes, call.head().content_length.value_or(0)));
  rest.reserve(room);
  for (;;) {
    auto piece = co_await call.exchange().read_some();
    if (!piece) co_return std::unexpected(failure_of(piece.error()));
    if (piece->empty()) co_return Outcome{};
    if (!rest.empty() && rest.size() + piece->size() > write_bytes) {
      auto write = [&] { upload.write({rest.data(), rest.size()}); };
      co_await call.pool().run(write);
      rest.clear();
    }
    rest.insert(rest.end(), piece->begin(), piece->end());
  }
}

}  // namespace

net::Task<Outcome> handle(Call& call, const Authenticated& who, const PutObject& operation) {
  CO_TRY(Plan plan, plan_put(call.head(), who, operation));
  auto allowed = co_await check_early(call, plan.commit);
  if (!allowed) co_return allowed;

  auto upload = std::make_unique<Upload>(call.store(), std::move(plan));
  std::vector<char> rest;
  auto received = co_await receive(call, *upload, rest);
  auto finish = [&]() -> std::expected<storage::ObjectInfo, Failure> {
    if (!received) {
      upload.reset();  // the file goes here, not on the worker
      return std::unexpected(received.error());
    }
    upload->write({rest.data(), rest.size()});
    auto stored = upload->finish();
    upload.reset();
    return stored;
  };
  auto stored = co_await call.pool().run(finish);
  if (!stored) co_return std::unexpected(std::move(stored).error());

  net::Headers headers;
  headers.add("ETag", quoted(stored->etag));
  if (stored->checksum) {
    headers.add("x-amz-checksum-" + to_lower(stored->checksum->algorithm), stored->checksum->value);
    headers.add("x-amz-checksum-type", "FULL_OBJECT");
  }
  co_await call.respond(200, std::move(headers));
  co_return Outcome{};
}

}  // namespace signpost::s3server
