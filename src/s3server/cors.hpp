#pragma once

#include <expected>
#include <map>
#include <memory>
#include <string_view>

#include "net/message.hpp"
#include "s3/cors.hpp"
#include "s3server/failure.hpp"
#include "storage/object.hpp"

namespace signpost::s3server {

// Vary of every answer about a bucket with a configuration.
inline constexpr std::string_view cors_vary =
    "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

// Parsed CORS configurations by version, for one worker.
class CorsCache {
 public:
  // Null where the bucket has no configuration.
  std::shared_ptr<const s3::CorsConfiguration> find(const storage::BucketInfo& bucket);

 private:
  std::map<std::int64_t, std::shared_ptr<const s3::CorsConfiguration>> by_version_;
};

// What every answer about a bucket with a configuration carries: Vary always, so that no cache
// gives the answer of one origin to another, and the grant where the request's origin and method
// match a rule.
net::Headers cors_headers(const net::RequestHead& head, const s3::CorsConfiguration& configuration);

// The answer to a preflight ("OPTIONS object" of the S3 API reference): its fields, or BadRequest,
// or AccessForbidden. `configuration` is null where there is no bucket, or none of its own.
std::expected<net::Headers, Failure> preflight(const net::RequestHead& head,
                                               const s3::CorsConfiguration* configuration);

}  // namespace signpost::s3server
