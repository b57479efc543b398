#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "s3/bucket_name.hpp"
#include "s3/error.hpp"
#include "s3/object_key.hpp"

namespace signpost::s3 {

// x-amz-copy-source of CopyObject: percent-encoded "bucket/key" with an optional leading "/" and an
// optional "?versionId=".
struct CopySource {
  BucketName bucket;
  ObjectKey key;
  std::optional<std::string> version_id;

  // InvalidArgument where it has not that form, a name breaks its rules, or it is an ARN.
  static std::expected<CopySource, Error> parse(std::string_view field_value);
};

// For a client: the field's value.
std::string format_copy_source(std::string_view bucket, std::string_view key);

}  // namespace signpost::s3
