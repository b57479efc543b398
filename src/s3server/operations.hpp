#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "s3/bucket_name.hpp"
#include "s3/object_key.hpp"

// What a request asks for, with its names and its query checked. The fields of its head are not
// here: a handler reads those that were signed and no others.
namespace signpost::s3server {

// What response-content-type and its like want GetObject and HeadObject to answer in place of what
// is stored, by the names of the fields as they are stored. Free of control characters.
struct ResponseOverride {
  std::string_view field;  // "content-type"
  std::string value;
};
using ResponseOverrides = std::vector<ResponseOverride>;

// The part of a listing's parameters that all versions share.
struct ListParameters {
  std::string prefix;
  std::optional<std::string> delimiter;  // never empty
  std::uint32_t max_keys = 1000;         // 0 to 1000
  bool url_encoding = false;             // encoding-type=url
};

struct ListBuckets {
  std::string prefix;
  std::string after;                  // names that follow this one
  std::optional<std::string> region;  // those of it alone
  std::size_t max_buckets = 10'000;
};

struct CreateBucket {
  s3::BucketName bucket;
};
struct HeadBucket {
  s3::BucketName bucket;
};
struct DeleteBucket {
  s3::BucketName bucket;
};
struct GetBucketLocation {
  s3::BucketName bucket;
};
struct GetBucketVersioning {
  s3::BucketName bucket;
};
struct GetBucketCors {
  s3::BucketName bucket;
};
struct PutBucketCors {
  s3::BucketName bucket;
};
struct DeleteBucketCors {
  s3::BucketName bucket;
};
// Of a bucket, or of an object where there is a key.
struct GetTagging {
  s3::BucketName bucket;
  std::optional<s3::ObjectKey> key;
};
struct PutTagging {
  s3::BucketName bucket;
  std::optional<s3::ObjectKey> key;
};
struct DeleteTagging {
  s3::BucketName bucket;
  std::optional<s3::ObjectKey> key;
};
struct GetAcl {
  s3::BucketName bucket;
  std::optional<s3::ObjectKey> key;
};
struct PutAcl {
  s3::BucketName bucket;
  std::optional<s3::ObjectKey> key;
};
struct ListObjects {
  s3::BucketName bucket;
  ListParameters list;
  std::string marker;
};
struct ListObjectsV2 {
  s3::BucketName bucket;
  ListParameters list;
  std::optional<std::string> start_after;
  std::optional<std::string> continuation_token;  // as it came
  bool fetch_owner = false;
};
struct ListObjectVersions {
  s3::BucketName bucket;
  ListParameters list;
  std::string key_marker;
};
struct DeleteObjects {
  s3::BucketName bucket;
};
struct PutObject {
  s3::BucketName bucket;
  s3::ObjectKey key;
};
struct CopyObject {
  s3::BucketName bucket;
  s3::ObjectKey key;
};
struct GetObject {
  s3::BucketName bucket;
  s3::ObjectKey key;
  ResponseOverrides overrides;
  bool head = false;  // HeadObject
  std::optional<std::uint32_t> part_number;
  std::string ticket = {};  // as it came
};
struct GetObjectAttributes {
  s3::BucketName bucket;
  s3::ObjectKey key;
};
struct DeleteObject {
  s3::BucketName bucket;
  s3::ObjectKey key;
};

struct CreateMultipartUpload {
  s3::BucketName bucket;
  s3::ObjectKey key;
};
struct UploadPart {
  s3::BucketName bucket;
  s3::ObjectKey key;
  std::string upload_id;
  std::uint32_t part_number;  // 1 to 10,000
};
struct UploadPartCopy {
  s3::BucketName bucket;
  s3::ObjectKey key;
  std::string upload_id;
  std::uint32_t part_number;
};
struct CompleteMultipartUpload {
  s3::BucketName bucket;
  s3::ObjectKey key;
  std::string upload_id;
};
struct AbortMultipartUpload {
  s3::BucketName bucket;
  s3::ObjectKey key;
  std::string upload_id;
};
struct ListParts {
  s3::BucketName bucket;
  s3::ObjectKey key;
  std::string upload_id;
  std::uint32_t after = 0;  // part-number-marker
  std::uint32_t max_parts = 1000;
};
struct ListMultipartUploads {
  s3::BucketName bucket;
  std::string prefix;
  std::optional<std::string> delimiter;
  std::string key_marker;
  std::string upload_id_marker;
  std::uint32_t max_uploads = 1000;
  bool url_encoding = false;
};
// Ours, not S3's (s3/ticket.hpp).
struct WithdrawTickets {
  s3::BucketName bucket;
};
struct ReportFetches {
  s3::BucketName bucket;
};

using Operation =
    std::variant<ListBuckets, CreateBucket, HeadBucket, DeleteBucket, GetBucketLocation,
                 GetBucketVersioning, GetBucketCors, PutBucketCors, DeleteBucketCors, GetTagging,
                 PutTagging, DeleteTagging, GetObjectAttributes, GetAcl, PutAcl, ListObjects,
                 ListObjectsV2, ListObjectVersions, DeleteObjects, PutObject, CopyObject, GetObject,
                 DeleteObject, CreateMultipartUpload, UploadPart, UploadPartCopy,
                 CompleteMultipartUpload, AbortMultipartUpload, ListParts, ListMultipartUploads,
                 WithdrawTickets, ReportFetches>;

// What a key that may only read can ask for; everything else changes something.
template <class Op>
inline constexpr bool only_reads =
    std::is_same_v<Op, ListBuckets> || std::is_same_v<Op, HeadBucket> ||
    std::is_same_v<Op, GetBucketLocation> || std::is_same_v<Op, GetBucketVersioning> ||
    std::is_same_v<Op, GetBucketCors> || std::is_same_v<Op, GetAcl> ||
    std::is_same_v<Op, GetTagging> || std::is_same_v<Op, GetObjectAttributes> ||
    std::is_same_v<Op, ListObjects> || std::is_same_v<Op, ListObjectsV2> ||
    std::is_same_v<Op, ListObjectVersions> || std::is_same_v<Op, GetObject> ||
    std::is_same_v<Op, ListParts> || std::is_same_v<Op, ListMultipartUploads>;

// Whose handlers read the body of the request.
template <class Op>
inline constexpr bool takes_body =
    std::is_same_v<Op, CreateBucket> || std::is_same_v<Op, PutBucketCors> ||
    std::is_same_v<Op, PutTagging> || std::is_same_v<Op, PutAcl> ||
    std::is_same_v<Op, DeleteObjects> || std::is_same_v<Op, PutObject> ||
    std::is_same_v<Op, UploadPart> || std::is_same_v<Op, CompleteMultipartUpload> ||
    std::is_same_v<Op, WithdrawTickets> || std::is_same_v<Op, ReportFetches>;

}  // namespace signpost::s3server
