#include "s3/tagging.hpp"

#include "base/limits.hpp"
#include "base/try.hpp"
#include "s3server/handlers.hpp"
#include "s3server/request_fields.hpp"

// Tags of objects, which are a field of theirs, and of buckets.
namespace signpost::s3server {
namespace {

using s3::ErrorCode;

// In the pool. Without tags a bucket has no set of them (NoSuchTagSet), and an object an empty one.
template <class Operation>
std::expected<s3::TagSet, Failure> stored_tags(const storage::Store& store,
                                               const Operation& operation) {
  std::optional<std::string> text;
  if (operation.key) {
    auto info = store.head(operation.bucket.str(), operation.key->str());
    if (!info) return std::unexpected(failure_of(info.error()));
    text = info->field(tagging_field);
  } else {
    auto bucket = store.find_bucket(operation.bucket.str());
    if (!bucket) return std::unexpected(ErrorCode::NoSuchBucket);
    text = bucket->tags;
    if (!text) return std::unexpected(ErrorCode::NoSuchTagSet);
  }
  TRY(auto tags, s3::TagSet::parse_query(text.value_or(""), limits::bucket_tags));
  return tags;
}

// In the pool.
template <class Operation>
Outcome put_tags(storage::Store& store, const Operation& operation, const s3::TagSet& tags) {
  std::optional<std::string> text;
  if (!tags.empty()) text = tags.to_query();
  const std::string& bucket = operation.bucket.str();
  auto done = operation.key ? store.put_field(bucket, operation.key->str(), tagging_field, text)
                            : store.put_bucket_tags(bucket, text);
  if (!done) return std::unexpected(failure_of(done.error()));
  return {};
}

}  // namespace

net::Task<Outcome> handle(Call& call, const Authenticated&, const GetTagging& operation) {
  auto find = [&] { return stored_tags(call.store(), operation); };
  auto tags = co_await call.pool().run(find);
  if (!tags) co_return std::unexpected(std::move(tags).error());
  co_await call.respond_xml(tags->to_xml());
  co_return Outcome{};
}

net::Task<Outcome> handle(Call& call, const Authenticated& who, const PutTagging& operation) {
  auto body =
      co_await read_document(call, who, operation.bucket, limits::xml_body_bytes, Claim::required);
  if (!body) co_return std::unexpected(std::move(body).error());
  const std::size_t most = operation.key ? limits::object_tags : limits::bucket_tags;
  CO_TRY(auto tags, s3::TagSet::parse_xml(*body, most));
  auto put = [&] { return put_tags(call.store(), operation, tags); };
  auto done = co_await call.pool().run(put);
  if (!done) co_return done;
  co_await call.respond(operation.key ? 200 : 204);
  co_return Outcome{};
}

net::Task<Outcome> handle(Call& call, const Authenticated&, const DeleteTagging& operation) {
  auto remove = [&] { return put_tags(call.store(), operation, {}); };
  auto done = co_await call.pool().run(remove);
  if (!done) co_return done;
  co_await call.respond(204);
  co_return Outcome{};
}

}  // namespace signpost::s3server
