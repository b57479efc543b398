#pragma once

#include <string_view>

namespace signpost::s3server {

// A query parameter that makes another operation of a request, and the methods that S3 has for it.
struct Subresource {
  std::string_view name;
  std::string_view of_bucket;  // "GET PUT"; empty: S3 has no such thing of a bucket
  std::string_view of_object;
};

// All that S3 has are here, so that one which the store lacks is refused and never taken for the
// plain operation. Null for any other parameter.
const Subresource* find_subresource(std::string_view name);

// Whether that is one of `methods`.
bool has_method(std::string_view methods, std::string_view method);

}  // namespace signpost::s3server
