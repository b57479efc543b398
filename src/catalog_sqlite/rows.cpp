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

// Every allocation has a few bytes of the allocator's own.
constexpr std::size_t allocation_bytes = 16;

std::size_t heap_bytes(const std::string& text) {
  const std::size_t in_place = std::string().capacity();
  return text.size() > in_place ? text.size() + 1 + allocation_bytes : 0;
}
std::size_t heap_bytes(const std::optional<std::string>& text) {
  return text ? heap_bytes(*text) : 0;
}
std::size_t heap_bytes(const Principal& principal) {
  return heap_bytes(principal.text());
}

}  // namespace

std::size_t bytes_of(const File& file) {
  std::size_t bytes = sizeof file + 2 * allocation_bytes;
  for (const std::string* text : {&file.id.text(), &file.name, &file.content_type.text(),
                                  &file.etag, &file.object.bucket, &file.object.key})
    bytes += heap_bytes(*text);
  bytes += heap_bytes(file.sha256) + heap_bytes(file.owner) + heap_bytes(file.created_by);
  if (file.album) bytes += heap_bytes(file.album->text());
  if (file.upload) bytes += heap_bytes(file.upload->key);
  for (const auto& [name, value] : file.metadata)
    bytes += sizeof(name) * 2 + 4 * allocation_bytes + heap_bytes(name) + heap_bytes(value);
  return bytes;
}

std::size_t bytes_of(const Session& session) {
  std::size_t bytes = sizeof session + 2 * allocation_bytes + heap_bytes(session.principal) +
                      heap_bytes(session.id) + heap_bytes(session.user_agent) +
                      heap_bytes(session.address);
  for (const Group& group : session.groups) bytes += sizeof group + heap_bytes(group.text());
  return bytes;
}

std::size_t bytes_of(const ApiToken& token) {
  return sizeof token + 2 * allocation_bytes + heap_bytes(token.id) + heap_bytes(token.name) +
         heap_bytes(token.principal) + heap_bytes(token.parent);
}

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
      .content_type = MediaType::parse(row.text(2)).value_or(MediaType()),
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
