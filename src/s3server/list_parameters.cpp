#include "s3server/list_parameters.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/limits.hpp"
#include "base/try.hpp"

namespace signpost::s3server {
namespace {

constexpr std::uint32_t most_keys = 1000;

std::unexpected<s3::Error> invalid(std::string_view name, std::string message) {
  return std::unexpected(s3::Error{
      s3::ErrorCode::InvalidArgument, std::move(message), {{"ArgumentName", std::string(name)}}});
}

std::expected<std::string, s3::Error> text(const QueryParameters& query, std::string_view name) {
  std::string_view value = query.get(name).value_or("");
  if (value.size() > limits::object_key_bytes)
    return invalid(name, "The value is longer than a key may be.");
  return std::string(value);
}

std::expected<ListParameters, s3::Error> common(const QueryParameters& query) {
  ListParameters out;
  TRY(out.prefix, text(query, "prefix"));
  TRY(std::string delimiter, text(query, "delimiter"));
  if (!delimiter.empty()) out.delimiter = std::move(delimiter);
  if (auto given = query.get("max-keys"); given && !given->empty()) {
    auto number = parse_u64(*given);
    if (!number || *number > INT32_MAX)
      return invalid("max-keys", "Provided max-keys not an integer or within integer range");
    out.max_keys = static_cast<std::uint32_t>(std::min<std::uint64_t>(*number, most_keys));
  }
  if (auto encoding = query.get("encoding-type"); encoding && !encoding->empty()) {
    if (*encoding != "url")
      return invalid("encoding-type", "Invalid Encoding Method specified in Request");
    out.url_encoding = true;
  }
  return out;
}

std::expected<std::uint32_t, s3::Error> number(const QueryParameters& query, std::string_view name,
                                               std::uint32_t otherwise) {
  std::string_view given = query.get(name).value_or("");
  if (given.empty()) return otherwise;
  auto value = parse_u64(given);
  if (!value || *value > INT32_MAX) return invalid(name, "The value is not a number from 0 on.");
  return static_cast<std::uint32_t>(*value);
}

}  // namespace

std::expected<ListBuckets, s3::Error> list_buckets(const QueryParameters& query) {
  ListBuckets out;
  TRY(out.prefix, text(query, "prefix"));
  if (auto region = query.get("bucket-region")) out.region = std::string(*region);
  if (auto given = query.get("max-buckets")) {
    auto number = parse_u64(*given);
    if (!number || *number == 0 || *number > out.max_buckets)
      return invalid("max-buckets", "max-buckets is a number from 1 to 10000.");
    out.max_buckets = static_cast<std::size_t>(*number);
  }
  if (auto token = query.get("continuation-token")) {
    auto decoded = base64url_decode(*token);
    if (!decoded)
      return invalid("continuation-token", "The continuation token provided is incorrect");
    out.after = *std::move(decoded);
  }
  return out;
}

std::expected<ListObjects, s3::Error> list_objects(const QueryParameters& query,
                                                   s3::BucketName bucket) {
  TRY(auto list, common(query));
  TRY(auto marker, text(query, "marker"));
  return ListObjects{std::move(bucket), std::move(list), std::move(marker)};
}

std::expected<ListObjectsV2, s3::Error> list_objects_v2(const QueryParameters& query,
                                                        s3::BucketName bucket) {
  ListObjectsV2 out{std::move(bucket), {}, {}, {}, false};
  TRY(out.list, common(query));
  if (query.has("start-after")) {
    TRY(out.start_after, text(query, "start-after"));
  }
  if (auto token = query.get("continuation-token")) out.continuation_token = std::string(*token);
  out.fetch_owner = query.get("fetch-owner") == "true";
  return out;
}

std::expected<ListObjectVersions, s3::Error> list_object_versions(const QueryParameters& query,
                                                                  s3::BucketName bucket) {
  TRY(auto list, common(query));
  TRY(auto marker, text(query, "key-marker"));
  TRY(auto version, text(query, "version-id-marker"));
  if (!version.empty() && marker.empty())
    return invalid("version-id-marker",
                   "A version-id marker cannot be specified without a key marker.");
  return ListObjectVersions{std::move(bucket), std::move(list), std::move(marker)};
}

std::expected<ListMultipartUploads, s3::Error> list_multipart_uploads(const QueryParameters& query,
                                                                      s3::BucketName bucket) {
  TRY(auto list, common(query));
  TRY(auto most, number(query, "max-uploads", most_keys));
  TRY(auto marker, text(query, "key-marker"));
  TRY(auto id, text(query, "upload-id-marker"));
  return ListMultipartUploads{std::move(bucket), std::move(list.prefix), std::move(list.delimiter),
                              std::move(marker), std::move(id),          std::min(most, most_keys),
                              list.url_encoding};
}

std::expected<ListParts, s3::Error> list_parts(const QueryParameters& query, s3::BucketName bucket,
                                               s3::ObjectKey key, std::string upload_id) {
  TRY(auto most, number(query, "max-parts", most_keys));
  TRY(auto after, number(query, "part-number-marker", 0));
  return ListParts{std::move(bucket), std::move(key), std::move(upload_id), after,
                   std::min(most, most_keys)};
}

}  // namespace signpost::s3server
