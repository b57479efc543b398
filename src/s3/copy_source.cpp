#include "s3/copy_source.hpp"

#include "base/percent.hpp"

namespace signpost::s3 {
namespace {

Error invalid(std::string message) {
  return {ErrorCode::InvalidArgument, std::move(message), {{"ArgumentName", "x-amz-copy-source"}}};
}

}  // namespace

std::expected<CopySource, Error> CopySource::parse(std::string_view field_value) {
  // A '?' that belongs to the key is sent as %3F, so the first one ends the path.
  std::string_view path = field_value.substr(0, field_value.find('?'));
  std::optional<std::string> version_id;
  if (path.size() < field_value.size()) {
    std::string_view query = field_value.substr(path.size() + 1);
    constexpr std::string_view parameter = "versionId=";
    if (!query.starts_with(parameter) || query.contains('&'))
      return std::unexpected(invalid("Copy Source takes no query but versionId."));
    version_id = percent_decode(query.substr(parameter.size()));
    if (!version_id || version_id->empty())
      return std::unexpected(invalid("Copy Source has a version id that is not valid."));
  }
  auto decoded = percent_decode(path);
  if (!decoded) return std::unexpected(invalid("Copy Source must be URL-encoded."));
  std::string_view rest = *decoded;
  if (rest.starts_with('/')) rest.remove_prefix(1);
  if (rest.starts_with("arn:"))
    return std::unexpected(invalid("Copy Source by ARN is not supported."));
  auto slash = rest.find('/');
  if (slash == std::string_view::npos)
    return std::unexpected(invalid("Copy Source must mention the source bucket and key."));
  auto bucket = BucketName::parse(rest.substr(0, slash));
  if (!bucket) return std::unexpected(invalid("Copy Source names no valid bucket."));
  auto key = ObjectKey::parse(rest.substr(slash + 1));
  if (!key) return std::unexpected(invalid("Copy Source names no valid key."));
  return CopySource{*std::move(bucket), *std::move(key), std::move(version_id)};
}

std::string format_copy_source(std::string_view bucket, std::string_view key) {
  std::string out = "/";
  percent_encode_to(out, bucket, Slash::encode);
  out += '/';
  percent_encode_to(out, key, Slash::keep);
  return out;
}

}  // namespace signpost::s3
