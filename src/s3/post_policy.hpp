#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "base/time.hpp"
#include "s3/error.hpp"
#include "s3/post_form.hpp"

namespace signpost::s3 {

// How many bytes the file of a form may have, both ends included.
struct ContentLengthRange {
  std::uint64_t least = 0;
  std::uint64_t most = limits::put_object_bytes;

  // EntityTooLarge, as soon as so many have come.
  std::expected<void, Error> check_so_far(std::uint64_t bytes) const;
  // EntityTooSmall too.
  std::expected<void, Error> check_whole(std::uint64_t bytes) const;
};

// A policy's document ("Creating a POST policy" of the S3 API reference). That somebody signed it
// is sigv4's to check; what it allows is checked here.
class PostPolicy {
 public:
  // From the form field `policy`. InvalidPolicyDocument for what is not Base64 of a JSON object
  // with `expiration` (RFC 3339, with its zone) and `conditions`, no member twice; for an operator
  // that does not exist; and for a condition whose values have other types than it wants.
  static std::expected<PostPolicy, Error> parse(std::string_view base64);

  // Whether the form is what the policy allows, but for the length of its file: AccessDenied where
  // the policy has ended or lasts longer than seven days from its signing, where a condition does
  // not hold, where a field of the form is in no condition, and where the bucket is in none or is
  // another one.
  std::expected<ContentLengthRange, Error> check(const PostForm& form, std::string_view bucket,
                                                 UnixSeconds signed_at, UnixSeconds now) const;

  UnixSeconds expiration() const { return expiration_; }

 private:
  enum class Match : std::uint8_t { equals, starts_with };
  struct Condition {
    Match match;
    std::string field;  // lower case
    std::string value;
  };
  struct Parser;

  bool covers(std::string_view field) const;
  std::expected<void, Error> check_time(UnixSeconds signed_at, UnixSeconds now) const;
  std::expected<void, Error> check_coverage(const PostForm& form) const;

  UnixSeconds expiration_{};
  std::vector<Condition> conditions_;
  ContentLengthRange range_;
};

}  // namespace signpost::s3
