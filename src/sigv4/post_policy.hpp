#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/field_view.hpp"
#include "base/time.hpp"
#include "sigv4/amz_date.hpp"
#include "sigv4/credentials.hpp"
#include "sigv4/endpoint.hpp"

namespace signpost::sigv4 {

// What a form must be like beside its fixed fields (S3 API reference, "Creating a POST policy",
// "Conditions and examples").
struct PostCondition {
  // How the form is held against it.
  enum class Kind : std::uint8_t { equals, starts_with, content_length_range };
  Kind kind;                    // which of the members below count
  std::string_view field = {};  // a form field's name, without '$'
  std::string_view value = {};  // all of the field's value, or its beginning
  std::uint64_t least = 0;      // bytes of the file, of content_length_range
  std::uint64_t most = 0;       // the same

  // The field has exactly that value.
  static PostCondition equals(std::string_view field, std::string_view value) {
    return {Kind::equals, field, value};
  }
  // The field begins so; the empty text lets it be anything, but it must be there.
  static PostCondition starts_with(std::string_view field, std::string_view prefix) {
    return {Kind::starts_with, field, prefix};
  }
  // The file has so many bytes, both ends included.
  static PostCondition content_length_range(std::uint64_t least, std::uint64_t most) {
    return {Kind::content_length_range, {}, {}, least, most};
  }
};

// An upload by a browser's form that somebody else is going to send. Everything is literal.
struct PostRequest {
  std::string_view bucket;  // not empty
  // A whole key, or a prefix with "${filename}" at its end, which the store replaces with the
  // uploaded file's name.
  std::string_view key;
  // Fields that the form must have with exactly these values: Content-Type, x-amz-meta-...,
  // success_action_status. Each becomes a condition of the policy too.
  std::span<const FieldView> fields = {};
  // More of them, for what the uploader may choose.
  std::span<const PostCondition> conditions = {};
  AmzDate date;                  // when it is signed
  std::chrono::seconds expires;  // 1 s to 7 days; the caller checks
};

// Where to send the form, and its fields in order. The file follows them as the field "file".
struct PresignedPost {
  std::string url;                                          // of the bucket
  std::vector<std::pair<std::string, std::string>> fields;  // name and value
  std::string policy;                                       // the JSON document, for a person
};

// Signs a POST policy ("Authenticating Requests: Browser-Based Uploads Using POST" of the S3 API
// reference). For the same fields and conditions, policy and signature are botocore's. Whatever the
// texts hold, the document has exactly these conditions. Nothing where a text is not UTF-8: JSON
// has no place for it.
std::optional<PresignedPost> presign_post(const Credentials& credentials, std::string_view region,
                                          const Endpoint& endpoint, const PostRequest& request);

}  // namespace signpost::sigv4
