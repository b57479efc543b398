#pragma once

#include <expected>
#include <string>

#include "http/etag.hpp"
#include "s3server/authenticate.hpp"
#include "s3server/call.hpp"
#include "storage/object.hpp"

// What the header fields of a request mean. Names that begin with x-amz- are read from the signed
// fields alone.
namespace signpost::s3server {

// Refuses, for every operation: an x-amz-* field that asks for what the store has not
// (NotImplemented with <Header>), an ACL other than the owner's (AccessControlListNotSupported),
// another expected owner (AccessDenied), a body where x-amz-content-sha256 is the hash of another
// one than the empty one and there is none (XAmzContentSHA256Mismatch).
Outcome check_fields(const net::RequestHead& head, const Authenticated& who);

// What is kept of an object beside its bytes: Content-Type and its like, x-amz-meta-*, its tags.
// MetadataTooLarge above limits::user_metadata_bytes of names and values; the errors of tags_field.
std::expected<storage::ObjectFields, Failure> object_fields(const net::RequestHead& head,
                                                            const Authenticated& who);

// x-amz-tagging in the form that is stored; nothing where there are no tags. The errors of
// s3::TagSet::parse_query().
inline constexpr const char* tagging_field = "x-amz-tagging";
std::expected<std::optional<std::string>, Failure> tags_field(const Authenticated& who);

// If-Match and If-None-Match of a write. NotImplemented for a list of tags and for the
// preconditions by date.
std::expected<storage::WriteCondition, Failure> write_condition(const net::RequestHead& head);

// WriteCondition::if_match of a list of one: a tag that is weak is no object's (RFC 9110 section
// 13.1.1 compares strongly).
std::string to_be_matched(const http::ETagList& list);

// Content-Encoding without "aws-chunked", wherever it stands in the list.
std::string strip_aws_chunked(std::string_view content_encoding);

}  // namespace signpost::s3server
