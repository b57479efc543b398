#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signpost::storage {

using Milliseconds = std::chrono::sys_time<std::chrono::milliseconds>;
// Lower-case names: content-type, cache-control, content-disposition, content-encoding,
// content-language, expires, and x-amz-meta-*. In the order in which they came. x-amz-tagging holds
// the tags, as a query string.
using ObjectFields = std::vector<std::pair<std::string, std::string>>;

struct ObjectChecksum {
  std::string algorithm;  // "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"
  std::string value;      // base64, as it goes onto the wire; "-N" behind it: of N parts
  bool is_composite() const { return value.find('-') != std::string::npos; }
};

struct ObjectInfo {
  std::string key;
  std::uint64_t size = 0;  // bytes
  std::string etag;        // without quotes
  Milliseconds last_modified{};
  ObjectFields fields;
  std::optional<ObjectChecksum> checksum;
  std::uint32_t parts = 0;  // of a multipart upload; 0: put in one go

  std::optional<std::string_view> field(std::string_view name) const {
    for (const auto& [field, value] : fields)
      if (field == name) return value;
    return std::nullopt;
  }
};

// An object as the index knows it: what a reader sees, and where its bytes lie.
struct StoredObject {
  ObjectInfo info;
  std::string data;                         // its data file (DataId); empty: it has none
  std::optional<std::int64_t> upload = {};  // whose parts are its bytes
  std::optional<std::int64_t> small = {};   // the row of the index that holds its bytes
};

struct BucketInfo {
  std::int64_t id = 0;
  std::string name;
  std::string owner;
  Milliseconds created{};
  std::optional<std::string> cors;  // the document as it was put
  std::int64_t cors_version = 0;    // grows with every change, across all buckets
  std::optional<std::string> tags;  // a query string
};

// Why a change or a lookup was not done; nothing has changed then.
enum class Refusal {
  no_such_bucket,
  no_such_key,
  bucket_exists,  // and belongs to somebody else
  bucket_owned,   // and belongs to the same owner
  bucket_not_empty,
  precondition_failed,  // If-Match or If-None-Match
  no_such_upload,
  too_many_uploads,   // under way in that bucket: limits::open_uploads
  invalid_part,       // not uploaded, or with another ETag or checksum
  part_too_small,     // and not the last one
  object_too_large,   // the parts together
  size_mismatch,      // of what was said of the whole
  checksum_mismatch,  // of what was said of the whole
};

// What must hold for the object that is there now, checked in the transaction that replaces it.
struct WriteCondition {
  bool if_none_match_any = false;            // "If-None-Match: *"
  std::optional<std::string> if_match;       // an ETag without quotes, or "*"
  std::optional<std::string> if_none_match;  // an ETag without quotes
};

}  // namespace signpost::storage
