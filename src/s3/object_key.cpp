#include "s3/object_key.hpp"

#include "base/limits.hpp"
#include "base/percent.hpp"

namespace signpost::s3 {

std::expected<ObjectKey, ObjectKeyError> ObjectKey::parse(std::string_view decoded) {
  if (decoded.empty()) return std::unexpected(ObjectKeyError::empty);
  if (decoded.size() > limits::object_key_bytes) return std::unexpected(ObjectKeyError::too_long);
  if (decoded.contains('\0')) return std::unexpected(ObjectKeyError::has_nul);
  if (!is_utf8(decoded)) return std::unexpected(ObjectKeyError::not_utf8);
  return ObjectKey(std::string(decoded));
}

}  // namespace signpost::s3
