#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/object.hpp"

namespace signpost::storage {

// What is said of a multipart upload when it is begun.
struct UploadStart {
  ObjectFields fields;
  std::optional<std::string> checksum_algorithm;  // "CRC32", ...
  std::string checksum_type;  // "COMPOSITE" or "FULL_OBJECT"; empty: no algorithm
};

struct UploadInfo {
  std::string id;
  std::string key;
  Milliseconds started{};
  UploadStart start;
};

struct PartInfo {
  std::uint32_t number = 0;
  std::uint64_t size = 0;  // bytes
  std::string etag;        // MD5 in hexadecimal
  Milliseconds last_modified{};
  std::optional<ObjectChecksum> checksum;
};

// Which parts make the object, in their order, and what must hold of it.
struct Completion {
  struct Part {
    std::uint32_t number = 0;
    std::string etag;  // without quotes
    std::optional<ObjectChecksum> checksum;
  };
  std::vector<Part> parts;
  WriteCondition condition;
  std::optional<std::uint64_t> size;       // bytes of the whole
  std::optional<ObjectChecksum> checksum;  // of the whole
};

// A page of the uploads under way, by key and then by their age; those whose keys have the
// delimiter behind the prefix are rolled up.
struct UploadQuery {
  std::string bucket;
  std::string prefix;
  std::string delimiter = {};  // empty: none
  std::string key_marker;
  std::string id_marker;           // of key_marker's uploads, those after this one
  std::size_t max_uploads = 1000;  // and common prefixes, together
};
// Those under way, counted, and of them those that nobody has gone on with: by their rows.
struct OpenUploads {
  std::size_t open = 0;
  std::vector<std::int64_t> idle;
};
struct UploadPage {
  std::vector<UploadInfo> uploads;
  std::vector<std::string> prefixes;  // rolled up
  bool truncated = false;
  // The last entry of a page with more behind it: an upload's key and id, or a common prefix.
  std::string next_key_marker;
  std::string next_id_marker;
};

}  // namespace signpost::storage
