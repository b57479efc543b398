#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace signpost::s3 {

// The name of a general purpose bucket ("General purpose bucket naming rules" of the S3 User
// Guide): 3 to 63 of a-z 0-9 . -, a letter or digit at both ends, no "..", no ".-" or "-.", not the
// shape of an IPv4 address, none of the reserved prefixes and suffixes.
class BucketName {
 public:
  // Nothing where a rule is broken: InvalidBucketName.
  static std::optional<BucketName> parse(std::string_view text);
  const std::string& str() const { return name_; }
  friend auto operator<=>(const BucketName&, const BucketName&) = default;

 private:
  explicit BucketName(std::string name) : name_(std::move(name)) {}
  std::string name_;
};

}  // namespace signpost::s3
