#pragma once

#include <cstdint>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "base/field_view.hpp"

namespace signpost::sigv4 {

// What happens to a path before it is signed (Signature Version 4, "create a canonical request",
// step 2). S3 is the exception: a//b, a/./b and a/../b are three keys.
enum class PathRule : std::uint8_t {
  s3,          // as it is
  normalized,  // dot segments and empty segments removed (RFC 3986 section 5.2.4)
};

// The path, each byte decoded once and encoded once, '/' kept. An empty path is "/". A view of
// `raw_path` or of `memory`. Nothing where a '%' is not followed by two hexadecimal digits.
std::optional<std::string_view> canonical_uri(std::string_view raw_path, PathRule rule,
                                              std::pmr::memory_resource& memory);

// A name and a value of a query, percent-encoded in the canonical way.
struct EncodedPair {
  std::string_view name;   // encoded; not empty where the query is right
  std::string_view value;  // encoded; empty for "acl" and for "acl="
};

// The order of a canonical query: by name, then by value, as bytes.
bool comes_before(const EncodedPair& a, const EncodedPair& b);

// Joins the pairs with '=' and '&' after sorting them in place. A view of `memory`.
std::string_view canonical_query(std::span<EncodedPair> pairs, std::pmr::memory_resource& memory);

// The text whose hash is signed (Signature Version 4, "create a canonical request"). Its parts are
// in canonical form but for the fields, which are as they are sent: names in any case, in any
// order, and those that are not in `signed_headers` too.
struct CanonicalRequest {
  std::string_view method;            // as it is sent: upper case
  std::string_view uri;               // canonical_uri()
  std::string_view query;             // canonical_query()
  std::span<const FieldView> fields;  // those of the request, Host among them
  std::string_view signed_headers;    // lower case, sorted, joined with ';'
  std::string_view payload_hash;      // x-amz-content-sha256, or UNSIGNED-PAYLOAD

  // The canonical request itself, its lines joined with a line feed.
  std::string text() const;
  // SHA-256 of text(), without making it.
  Sha256Digest hash() const;
};

}  // namespace signpost::sigv4
