#include "domain/file.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"

namespace signpost::domain {

namespace {

bool is_id(std::string_view text) {
  constexpr std::size_t longest = 128;
  if (text.empty() || text.size() > longest || text == "." || text == "..") return false;
  return std::ranges::all_of(
      text, [](char c) { return is_alpha(c) || is_digit(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace

std::optional<FileId> FileId::parse(std::string_view text) {
  if (!is_id(text)) return std::nullopt;
  return FileId(text);
}

std::optional<AlbumId> AlbumId::parse(std::string_view text) {
  if (!is_id(text)) return std::nullopt;
  return AlbumId(text);
}

std::string_view to_text(FileState state) {
  switch (state) {
    case FileState::pending:
      return "pending";
    case FileState::ready:
      return "ready";
    case FileState::failed:
      return "failed";
  }
  std::unreachable();
}

std::optional<FileState> parse_file_state(std::string_view text) {
  for (auto state : std::array{FileState::pending, FileState::ready, FileState::failed})
    if (text == to_text(state)) return state;
  return std::nullopt;
}

std::string_view to_text(UploadType type) {
  switch (type) {
    case UploadType::put:
      return "put";
    case UploadType::post:
      return "post";
    case UploadType::multipart:
      return "multipart";
  }
  std::unreachable();
}

std::optional<UploadType> parse_upload_type(std::string_view text) {
  for (auto type : std::array{UploadType::put, UploadType::post, UploadType::multipart})
    if (text == to_text(type)) return type;
  return std::nullopt;
}

}  // namespace signpost::domain
