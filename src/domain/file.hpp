#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "domain/album.hpp"
#include "domain/content_type.hpp"
#include "domain/principal.hpp"

namespace signpost::domain {

// Opaque; an app may choose its own. 1 to 128 characters of A-Z a-z 0-9 . _ -, but neither "." nor
// "..", so that it stands in a path as it is.
class FileId {
 public:
  static std::optional<FileId> parse(std::string_view text);
  const std::string& text() const { return text_; }
  friend auto operator<=>(const FileId&, const FileId&) = default;

 private:
  explicit FileId(std::string_view text) : text_(text) {}
  std::string text_;
};

enum class FileState { pending, ready, failed };
std::string_view to_text(FileState state);  // the API's word
std::optional<FileState> parse_file_state(std::string_view text);

enum class UploadType { put, post, multipart };
std::string_view to_text(UploadType type);
std::optional<UploadType> parse_upload_type(std::string_view text);

// Where bytes lie in the store.
struct ObjectRef {
  std::string bucket;
  std::string key;
  friend bool operator==(const ObjectRef&, const ObjectRef&) = default;
};

// An upload under way. Bytes arrive at `key` (in the file's bucket): the object's own key where the
// engine enforces "If-None-Match: *", else a staging key that completion copies away.
struct Upload {
  UploadType type = UploadType::put;
  std::string key;
  UnixSeconds expires_at{};
  friend bool operator==(const Upload&, const Upload&) = default;
};

// What a user sees and the catalog knows. It has one object.
struct File {
  FileId id;
  std::string name;  // as sanitize_file_name() gives it
  MediaType content_type;
  std::optional<std::uint64_t> size;  // bytes; what was declared until the file is ready
  std::optional<std::string> sha256;  // 64 lower-case hexadecimal digits
  FileState state = FileState::pending;
  Principal owner;
  // Who made the entry: it may finish its own upload for another owner, and nothing more.
  Principal created_by;
  std::optional<AlbumId> album;
  std::map<std::string, std::string> metadata;
  std::optional<std::uint32_t> width;   // pixels
  std::optional<std::uint32_t> height;  // pixels
  UnixSeconds created_at{};
  UnixSeconds updated_at{};
  ObjectRef object;
  // Raised where every URL given out so far is to be of no more use; part of their tickets. Random
  // at first, so that a file that takes the id of one that has gone has others.
  std::uint64_t epoch = 0;
  std::string etag;  // as the store names the object's bytes, without quotes; empty until ready
  std::optional<Upload> upload;  // until the upload has ended

  friend bool operator==(const File&, const File&) = default;
};

}  // namespace signpost::domain
