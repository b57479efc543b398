#include "catalog_sqlite/rows.hpp"

#include <stdexcept>
#include <utility>

#include "base/ascii.hpp"

namespace signpost::catalog_sqlite {
namespace {

using namespace domain;

template <class T>
T must(std::optional<T> value, std::string_view what) {
  if (!value) throw std::runtime_error("the catalog is damaged: no proper " + std::string(what));
  return *std::move(value);
}

// One "LENGTH:bytes" off the front.
std::string take_text(std::string_view& packed) {
  std::size_t colon = packed.find(':');
  std::uint64_t length = must(parse_u64(packed.substr(0, colon)), "metadata");
  if (colon == std::string_view::npos || length > packed.size() - colon - 1)
    throw std::runtime_error("the catalog is damaged: no proper metadata");
  std::string text(packed.substr(colon + 1, length));
  packed.remove_prefix(colon + 1 + length);
  return text;
}

std::map<std::string, std::string> unpack_metadata(std::string_view packed) {
  std::map<std::string, std::string> metadata;
  while (!packed.empty()) {
    std::string name = take_text(packed);
    metadata.emplace(std::move(name), take_text(packed));
  }
  return metadata;
}

std::optional<std::uint32_t> pixels(const std::optional<std::int64_t>& column) {
  if (!column) return std::nullopt;
  return static_cast<std::uint32_t>(*column);
}

std::optional<Upload> read_upload(const sqlite::Statement& row) {
  if (row.is_null(17)) return std::nullopt;
  return Upload{must(parse_upload_type(row.text(17)), "upload type"), std::string(row.text(18)),
                to_time(row.integer(19))};
}

std::optional<AlbumId> read_album_id(const sqlite::Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return must(AlbumId::parse(row.text(column)), "album id");
}

}  // namespace

std::int64_t to_column(UnixSeconds time) {
  return time.time_since_epoch().count();
}
UnixSeconds to_time(std::int64_t column) {
  return UnixSeconds(std::chrono::seconds{column});
}

Principal read_principal(std::string_view text) {
  return must(Principal::parse(text), "principal");
}

std::string pack_metadata(const std::map<std::string, std::string>& metadata) {
  std::string packed;
  for (const auto& [name, value] : metadata)
    for (const std::string* text : {&name, &value})
      packed.append(std::to_string(text->size())).append(1, ':').append(*text);
  return packed;
}

Album read_album(const sqlite::Statement& row) {
  return {.id = must(AlbumId::parse(row.text(0)), "album id"),
          .name = std::string(row.text(1)),
          .owner = read_principal(row.text(2)),
          .created_at = to_time(row.integer(3)),
          .updated_at = to_time(row.integer(4))};
}

File read_file(const sqlite::Statement& row) {
  auto size = row.optional_integer(3);
  return File{
      .id = must(FileId::parse(row.text(0)), "file id"),
      .name = std::string(row.text(1)),
      .content_type = std::string(row.text(2)),
      .size = size ? std::optional(static_cast<std::uint64_t>(*size)) : std::nullopt,
      .sha256 = row.optional_text(4),
      .state = must(parse_file_state(row.text(5)), "file state"),
      .owner = read_principal(row.text(6)),
      .created_by = read_principal(row.text(7)),
      .album = read_album_id(row, 8),
      .metadata = unpack_metadata(row.text(9)),
      .width = pixels(row.optional_integer(10)),
      .height = pixels(row.optional_integer(11)),
      .created_at = to_time(row.integer(12)),
      .updated_at = to_time(row.integer(13)),
      .object = {std::string(row.text(14)), std::string(row.text(15))},
      .epoch = static_cast<std::uint64_t>(row.integer(20)),
      .etag = std::string(row.text(16)),
      .upload = read_upload(row),
  };
}

}  // namespace signpost::catalog_sqlite
