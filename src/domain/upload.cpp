#include "domain/upload.hpp"

#include <utility>

#include "base/base64.hpp"
#include "base/hex.hpp"
#include "base/limits.hpp"

namespace signpost::domain {

std::string_view explain(UploadError error) {
  switch (error) {
    case UploadError::too_large:
      return "the file is larger than this server takes";
    case UploadError::too_large_for_put:
      return "a file above 5 GiB cannot be uploaded by one PUT";
    case UploadError::bad_sha256:
      return "sha256 must be 64 hexadecimal digits";
    case UploadError::not_implemented:
      return "this upload_type is not offered; use put";
  }
  std::unreachable();
}

std::optional<std::string> sha256_hex_to_base64(std::string_view hex) {
  constexpr std::size_t digits = 64;
  if (hex.size() != digits) return std::nullopt;
  auto bytes = hex_decode(hex);
  if (!bytes) return std::nullopt;
  return base64_encode(*bytes);
}

std::optional<std::string> sha256_base64_to_hex(std::string_view base64) {
  constexpr std::size_t digest_bytes = 32;
  auto bytes = base64_decode(base64);
  if (!bytes || bytes->size() != digest_bytes) return std::nullopt;
  return hex_encode(*bytes);
}

std::expected<UploadPlan, UploadError> plan_upload(const UploadPolicy& policy,
                                                   const UploadRequest& request,
                                                   std::string_view object_key,
                                                   std::string_view staging_key) {
  if (request.type != UploadType::put) return std::unexpected(UploadError::not_implemented);
  if (request.size > policy.max_file_size) return std::unexpected(UploadError::too_large);
  if (request.size > limits::put_object_bytes)
    return std::unexpected(UploadError::too_large_for_put);
  UploadPlan plan;
  plan.type = request.type;
  plan.key = policy.enforces_if_none_match ? object_key : staging_key;
  plan.client_fields.emplace_back("content-type", request.content_type.text());
  if (request.sha256) {
    auto checksum = sha256_hex_to_base64(*request.sha256);
    if (!checksum) return std::unexpected(UploadError::bad_sha256);
    plan.client_fields.emplace_back("x-amz-checksum-sha256", *checksum);
  }
  if (policy.enforces_if_none_match) plan.client_fields.emplace_back("if-none-match", "*");
  plan.signed_fields = plan.client_fields;
  plan.signed_fields.emplace_back("content-length", std::to_string(request.size));
  return plan;
}

}  // namespace signpost::domain
