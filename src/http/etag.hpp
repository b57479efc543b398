#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::http {

// An entity tag (RFC 9110 section 8.8.3).
struct ETag {
  std::string opaque;  // without the quotes
  bool weak = false;

  // One tag, quoted: `"abc"` or `W/"abc"`.
  static std::optional<ETag> parse(std::string_view text);
  // As it is written in a field.
  std::string to_string() const;
  friend bool operator==(const ETag&, const ETag&) = default;
};

// RFC 9110 section 8.8.3.2: strong takes two strong tags alone.
bool strongly_equal(const ETag& a, const ETag& b);
bool weakly_equal(const ETag& a, const ETag& b);

// The value of If-Match or If-None-Match: "*" or a list. An unquoted tag is taken as if it were
// quoted, because clients of S3 send such.
struct ETagList {
  bool any = false;  // "*"
  std::vector<ETag> tags;
  // Nothing where it is not well formed, empty, or has more than 100 tags.
  static std::optional<ETagList> parse(std::string_view field_value);
};

}  // namespace signpost::http
