#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/content_type.hpp"
#include "domain/file.hpp"

namespace signpost::domain {

struct UploadPolicy {
  std::uint64_t max_file_size = 5ull << 40;  // bytes
  // The engine answers 412 to a PUT with "If-None-Match: *" where the key is taken, so that a URL
  // is good once. Else the upload goes to a staging key.
  bool enforces_if_none_match = true;
};

// What the caller declares.
struct UploadRequest {
  UploadType type = UploadType::put;
  std::uint64_t size = 0;  // bytes
  MediaType content_type;
  std::optional<std::string> sha256;  // 64 hexadecimal digits
};

enum class UploadError {
  too_large,          // above max_file_size: 422
  too_large_for_put,  // above 5 GiB, S3's limit for one PUT: 422
  bad_sha256,         // not 64 hexadecimal digits: 400
  not_implemented,    // a type that is not offered yet: 422
};
std::string_view explain(UploadError error);

using HeaderFields = std::vector<std::pair<std::string, std::string>>;

// One pre-signed PUT. Every field of `signed_fields` is signed as a header, lower-case names, none
// hoisted into the query; `client_fields` are those the client must set itself (a browser writes
// Content-Length, and lets no script do so).
struct UploadPlan {
  UploadType type = UploadType::put;
  std::string key;  // where the bytes go
  HeaderFields signed_fields;
  HeaderFields client_fields;
};

// `object_key` is the file's random key, `staging_key` another, used where the engine does not
// enforce If-None-Match.
std::expected<UploadPlan, UploadError> plan_upload(const UploadPolicy& policy,
                                                   const UploadRequest& request,
                                                   std::string_view object_key,
                                                   std::string_view staging_key);

// "ab12..." -> the base64 that x-amz-checksum-sha256 holds. Nothing where it is not 64 digits.
std::optional<std::string> sha256_hex_to_base64(std::string_view hex);
std::optional<std::string> sha256_base64_to_hex(std::string_view base64);

}  // namespace signpost::domain
