#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/digest.hpp"
#include "base/secret.hpp"

namespace signpost::storage {

using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

struct AccessKey {
  std::string id;  // the access key id of Signature Version 4
  Secret secret;
  std::string owner;
  Timestamp created;
  std::int64_t flags = 0;  // none is defined yet
};

struct BucketInfo {
  std::string name;
  std::string owner;
  std::string location;  // the region it was created in
  Timestamp created;
  // 0: there is no CORS document. Else it differs between any two documents this bucket has had,
  // so that a parsed form can be kept until it changes.
  std::int64_t cors_version = 0;
};

struct CorsDocument {
  std::string xml;  // as it was put
  std::int64_t version = 0;
};

// x-amz-checksum-*: kept and given back, not looked into.
struct ObjectChecksum {
  std::string algorithm;  // "CRC32", "SHA256" ...
  std::string value;      // base64
  std::string type;       // "FULL_OBJECT" or "COMPOSITE"
  bool operator==(const ObjectChecksum&) const = default;
};

// What a client says about an object's bytes: the fields that a GET gives back.
struct ObjectAttributes {
  std::optional<std::string> content_type;
  std::optional<std::string> cache_control;
  std::optional<std::string> content_disposition;
  std::optional<std::string> content_encoding;
  std::optional<std::string> content_language;
  std::optional<std::string> expires;  // as sent
  // x-amz-meta-*: lower-case names without that prefix, and values, in order.
  std::vector<std::pair<std::string, std::string>> metadata;
  std::optional<ObjectChecksum> checksum;
  bool operator==(const ObjectAttributes&) const = default;
};

struct ObjectInfo {
  std::string key;
  std::string owner;
  std::uint64_t size = 0;
  std::string etag;  // without quotes: the hexadecimal MD5
  Timestamp last_modified;
  ObjectAttributes attributes;
};

// Checked inside the transaction that makes the object visible. ETags are without quotes.
struct WritePreconditions {
  bool if_none_match_star = false;           // If-None-Match: *
  std::optional<std::string> if_none_match;  // If-None-Match: "etag"
  std::optional<std::string> if_match;       // If-Match: "etag"
  bool if_match_star = false;                // If-Match: *
};

// Where bytes go, and what is said of them.
struct PutCommit {
  std::string bucket;
  std::string key;
  std::string owner;
  ObjectAttributes attributes;
  WritePreconditions preconditions;
};

enum class ReadError { no_such_bucket, no_such_key };
enum class CreateBucketError { already_exists, already_owned_by_you };
enum class BucketError { no_such_bucket };
enum class DeleteBucketError { no_such_bucket, not_empty };
enum class CorsError { no_such_bucket, no_such_cors };
// no_such_key: If-Match where there is no object.
enum class CommitError { no_such_bucket, no_such_key, precondition_failed };
enum class DeleteError { no_such_bucket, precondition_failed };

struct Digests {
  Md5Digest md5;
  std::optional<Sha256Digest> sha256;  // where PutOptions asked for it
  std::uint64_t size = 0;              // bytes
};

struct PutOptions {
  bool sha256 = false;  // also hash for x-amz-content-sha256
};

struct ListRequest {
  std::string bucket;
  std::string prefix;
  std::string delimiter;  // any string; empty: none
  // Only what is greater, as bytes. Where it is itself a common prefix of this listing, all keys
  // under it are skipped too, so that a page's `next` continues after the whole of it.
  std::string start_after;
  std::uint32_t max_keys = 1000;  // keys and common prefixes together
};

struct ListedObject {
  std::string key;
  std::string owner;
  std::uint64_t size = 0;
  std::string etag;  // without quotes
  Timestamp last_modified;
  std::optional<ObjectChecksum> checksum;
};
struct CommonPrefix {
  std::string prefix;
};

struct ListPage {
  std::vector<std::variant<ListedObject, CommonPrefix>> entries;  // in byte order
  bool truncated = false;
  std::string next;  // the last entry's key or prefix where truncated: the next start_after
};

struct OrphanReport {
  std::uint64_t examined = 0;       // data files looked at
  std::uint64_t removed = 0;        // files
  std::uint64_t removed_bytes = 0;  // bytes
  std::uint64_t foreign = 0;        // files whose names are not ours: left alone
};

}  // namespace signpost::storage
