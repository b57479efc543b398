#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "s3/error.hpp"
#include "s3server/operations.hpp"

namespace signpost::s3server {

// What of a request's head the router reads; all of it is signed.
struct RouteInput {
  std::string_view method;
  std::string_view query;        // raw, without '?'
  bool has_copy_source = false;  // x-amz-copy-source is there
};

// The bucket and key that a request names, decoded and not yet checked. A name that is not there
// is empty.
struct Address {
  std::string bucket;
  std::string key;
  friend bool operator==(const Address&, const Address&) = default;
};

// Virtual-host style where Host is a label below `domain`, path style otherwise ("Virtual hosting
// of buckets" of the S3 User Guide). `domain` is lower case without a port; empty: path style
// always. The path is decoded before it is taken apart, because its signature does not
// tell "%2F" from "/". InvalidURI for a broken escape or a path that does not begin with '/'.
std::expected<Address, s3::Error> resolve_address(std::string_view path, std::string_view host,
                                                  std::string_view domain);

// KeyTooLongError, InvalidArgument.
std::expected<s3::ObjectKey, s3::Error> parse_object_key(std::string_view text);

// GET, HEAD, PUT, POST, DELETE and OPTIONS.
bool is_known_method(std::string_view method);

// What Allow lists for the bucket, object or subresource that a request names.
std::string allowed_methods(std::string_view query, const Address& address);

// The operation, or why there is none: MethodNotAllowed, NotImplemented for what S3 has and this
// store has not, InvalidBucketName, KeyTooLongError, InvalidURI, InvalidArgument.
std::expected<Operation, s3::Error> route(const RouteInput& input, const Address& address);

}  // namespace signpost::s3server
