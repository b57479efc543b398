#pragma once

#include <compare>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace signpost::s3 {

enum class ObjectKeyError {
  empty,
  too_long,  // more than limits::object_key_bytes: KeyTooLongError
  not_utf8,  // InvalidArgument ("Object key names" of the S3 User Guide: UTF-8)
  has_nul,   // InvalidArgument
};

// An object's key: 1 to 1024 bytes of UTF-8 without NUL, opaque. "..", "a//b" and "/a" are keys
// like any other; nothing here or below makes a file's path of them.
class ObjectKey {
 public:
  static std::expected<ObjectKey, ObjectKeyError> parse(std::string_view decoded);
  const std::string& str() const { return key_; }
  // By bytes, as S3 lists keys.
  friend auto operator<=>(const ObjectKey&, const ObjectKey&) = default;

 private:
  explicit ObjectKey(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

}  // namespace signpost::s3
