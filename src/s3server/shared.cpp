#include <chrono>

#include "base/ascii.hpp"
#include "base/try.hpp"
#include "http/conditional.hpp"
#include "s3server/body_decoder.hpp"
#include "s3server/handlers.hpp"
#include "s3server/receive_body.hpp"

namespace signpost::s3server {

std::expected<std::shared_ptr<const storage::BucketInfo>, Failure> own_bucket(
    const storage::Store& store, const Authenticated& who, std::string_view name) {
  if (!who.may_use(name)) return std::unexpected(Failure(s3::ErrorCode::AccessDenied));
  auto bucket = store.find_bucket(name);
  if (!bucket) {
    return std::unexpected(
        Failure(s3::ErrorCode::NoSuchBucket).detail("BucketName", std::string(name)));
  }
  if (bucket->owner != who.owner()) return std::unexpected(Failure(s3::ErrorCode::AccessDenied));
  return bucket;
}

net::Task<std::expected<std::string, Failure>> read_body(Call& call, BodyClaims claims,
                                                         std::size_t limit) {
  // Chunks as small as they may be do not cost more than the data.
  auto raw = co_await call.exchange().read_all(claims.chunked ? 2 * limit : limit);
  if (!raw) co_return std::unexpected(failure_of(raw.error()));
  BodyDecoder decoder(claims);
  std::string body;
  CO_TRYV(decoder.decode(*raw, [&](std::string_view bytes) { body += bytes; }));
  CO_TRYV(decoder.finish(claims));
  if (body.size() > limit) co_return std::unexpected(s3::ErrorCode::MaxMessageLengthExceeded);
  CO_TRYV(verify_claims(claims, body));
  co_return body;
}

net::Task<std::expected<std::string, Failure>> read_document(Call& call, const Authenticated& who,
                                                             std::size_t limit, Claim claim) {
  CO_TRY(BodyClaims claims, body_claims(call.head(), who));
  if (claim == Claim::required && !claims.any())
    co_return std::unexpected(
        Failure(s3::ErrorCode::InvalidRequest,
                "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"));
  CO_TRY(std::string body, co_await read_body(call, std::move(claims), limit));
  CO_TRYV(check_still(call, who));
  co_return body;
}

net::Task<std::expected<std::string, Failure>> read_document(Call& call, const Authenticated& who,
                                                             const s3::BucketName& bucket,
                                                             std::size_t limit, Claim claim) {
  CO_TRY(std::string body, co_await read_document(call, who, limit, claim));
  CO_TRYV(check_url_still(call, who, bucket.str()));
  co_return body;
}

net::Task<Outcome> skip_body(Call& call, const Authenticated& who) {
  if (who.payload().kind == sigv4::PayloadKind::unsigned_payload) co_return Outcome{};
  CO_TRY(BodyClaims claims, framing_claims(call.head(), who));
  CO_TRYV(co_await read_body(call, std::move(claims), limits::xml_body_bytes));
  co_return check_still(call, who);
}

std::string checksum_type(const storage::ObjectChecksum& checksum) {
  return checksum.is_composite() ? "COMPOSITE" : "FULL_OBJECT";
}

void add_checksum(net::Headers& headers, const storage::ObjectChecksum& checksum) {
  headers.add("x-amz-checksum-" + to_lower(checksum.algorithm), checksum.value);
  headers.add("x-amz-checksum-type", checksum_type(checksum));
}

std::expected<s3::CopySource, Failure> copy_source(const Call& call, const Authenticated& who) {
  auto field = who.fields().get("x-amz-copy-source");
  // The router saw the field, and the verifier refuses one that is not signed or comes twice.
  if (!field) return std::unexpected(s3::ErrorCode::AccessDenied);
  TRY(auto source, s3::CopySource::parse(*field));
  if (source.version_id && *source.version_id != "null")
    return std::unexpected(s3::ErrorCode::NoSuchVersion);
  TRYV(own_bucket(call.store(), who, source.bucket.str()));
  return source;
}

Outcome check_copy_source(const sigv4::SignedFields& fields, const storage::ObjectInfo& info,
                          UnixSeconds now) {
  http::Preconditions conditions;
  conditions.if_match = fields.get("x-amz-copy-source-if-match");
  conditions.if_none_match = fields.get("x-amz-copy-source-if-none-match");
  conditions.if_modified_since = fields.get("x-amz-copy-source-if-modified-since");
  conditions.if_unmodified_since = fields.get("x-amz-copy-source-if-unmodified-since");
  http::Validators validators{
      true, {info.etag, false}, std::chrono::floor<std::chrono::seconds>(info.last_modified)};
  auto verdict =
      http::evaluate_preconditions(http::MethodKind::get_or_head, conditions, validators, now);
  if (verdict != http::PreconditionVerdict::proceed)
    return std::unexpected(s3::ErrorCode::PreconditionFailed);
  return {};
}

std::string quoted(std::string_view etag) {
  std::string out;
  out.reserve(etag.size() + 2);
  out.append(1, '"').append(etag).append(1, '"');
  return out;
}

}  // namespace signpost::s3server
