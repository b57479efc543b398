#include <boost/json/array.hpp>

#include "base/try.hpp"
#include "gateway/album_access.hpp"
#include "gateway/file_json.hpp"
#include "gateway/handlers.hpp"
#include "gateway/list_page.hpp"
#include "gateway/parameters.hpp"
#include "gateway/problem_response.hpp"

namespace signpost::gateway {
namespace {

constexpr std::size_t filter_bytes = 255;

std::optional<std::string> filter(const http::Query& query, std::string_view name) {
  auto value = query.get(name);
  if (!value || value->empty()) return std::nullopt;
  return std::string(*value);
}

std::expected<std::optional<domain::AlbumId>, http::Problem> album_filter(
    const http::Query& query) {
  auto text = filter(query, "album");
  if (!text) return std::nullopt;
  auto id = domain::AlbumId::parse(*text);
  if (!id) return std::unexpected(invalid("album is no album's id."));
  return id;
}

// A cursor is of no use to anybody else, nor for another list than the one it came from.
std::string cursor_binding(const domain::Caller* caller, const domain::FileQuery& files,
                           std::string_view sort) {
  std::string out = "files\n" + (caller ? caller->principal.text() : "nobody");
  out += "\n" + (files.album ? files.album->text() : "");
  for (const auto& part : {files.text, files.content_type}) out += "\n" + part.value_or("");
  out += "\n";
  out += sort;
  return out;
}

// Whose files: the caller's own, or, in an album that the caller may see, everybody's. Who asks for
// an album that is none, or may not see it, gets those of its own that are in it, as a filter would
// give: nothing, mostly, and nothing that tells the two apart.
net::Task<std::expected<std::optional<domain::Principal>, http::Problem>> owner_filter(
    Request& request, const domain::Caller* caller, const std::optional<domain::AlbumId>& album) {
  if (album && co_await may_list_album(request, caller, *album)) co_return std::nullopt;
  if (caller == nullptr) co_return std::unexpected(credential_needed());
  co_return caller->principal;
}

}  // namespace

net::Task<Outcome> list_files(Request& request, const domain::Caller* caller) {
  if (caller == nullptr && !request.query.get("album"))
    co_return std::unexpected(credential_needed());
  CO_TRYV(
      only_parameters(request.query, {"limit", "cursor", "album", "q", "content_type", "sort"}));
  const http::Query& query = request.query;
  CO_TRY(auto album, album_filter(query));
  CO_TRY(auto owner, co_await owner_filter(request, caller, album));
  domain::FileQuery files{.owner = std::move(owner),
                          .album = std::move(album),
                          .text = filter(query, "q"),
                          .content_type = filter(query, "content_type"),
                          .sort = {},
                          .after = std::nullopt};
  for (const auto& part : {files.text, files.content_type})
    if (part && part->size() > filter_bytes)
      co_return std::unexpected(invalid("A filter is longer than 255 bytes."));
  std::string_view sort = query.get("sort").value_or("-created_at");
  auto parsed_sort = domain::parse_file_sort(sort);
  if (!parsed_sort)
    co_return std::unexpected(
        invalid("sort is not created_at, name or size, with or without a '-' in front."));
  files.sort = *parsed_sort;
  CO_TRY(files.limit, list_limit(query));

  Shared& shared = request.shared();
  std::string binding = cursor_binding(caller, files, sort);
  CO_TRY(files.after, list_position(request, binding));
  auto list = [&] { return shared.catalog.list_files(files); };
  auto page = co_await shared.pool.run(list);
  if (!page) co_return std::unexpected(wrong_cursor());

  boost::json::array items;
  for (const domain::File& file : page->items) items.emplace_back(to_json(file));
  co_return list_response(request, binding, std::move(items), page->next);
}

}  // namespace signpost::gateway
