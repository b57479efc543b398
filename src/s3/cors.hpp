#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "s3/error.hpp"

namespace signpost::s3 {

inline constexpr std::size_t cors_rules = 100;
inline constexpr std::size_t cors_document_bytes = 64 * 1024;

// CORSRule of the S3 API reference.
struct CorsRule {
  std::optional<std::string> id;             // 255 characters at most
  std::vector<std::string> allowed_origins;  // each with at most one '*'; compared by bytes
  std::vector<std::string> allowed_methods;  // of GET PUT POST DELETE HEAD
  std::vector<std::string> allowed_headers;  // each with at most one '*'; case is ignored
  std::vector<std::string> expose_headers;   // field names
  std::optional<std::uint32_t> max_age_seconds;
  friend bool operator==(const CorsRule&, const CorsRule&) = default;
};

struct CorsConfiguration {
  std::vector<CorsRule> rules;
  friend bool operator==(const CorsConfiguration&, const CorsConfiguration&) = default;
};

// From the body of PutBucketCors. MalformedXML where it is no such document or a limit is passed,
// InvalidRequest for an unknown method, a second '*', or a header with characters that no field
// name has (so that no answer can be split by one).
std::expected<CorsConfiguration, Error> parse_cors(std::string_view xml);
std::string to_xml(const CorsConfiguration& configuration);

// What a rule grants to one request.
struct CorsMatch {
  const CorsRule* rule = nullptr;
  std::string allow_origin;  // the request's origin, or "*" where the rule allows every origin
  bool credentials = false;  // false where allow_origin is "*"
};

// The first rule that matches the origin and the method and every one of the requested headers
// ("How does Amazon S3 evaluate the CORS configuration on a bucket?" of the S3 User Guide).
std::optional<CorsMatch> match(const CorsConfiguration& configuration, std::string_view origin,
                               std::string_view method,
                               std::span<const std::string_view> requested_headers);

}  // namespace signpost::s3
