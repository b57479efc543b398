#include <boost/json/serialize.hpp>

#include "base/try.hpp"
#include "domain/file_name.hpp"
#include "gateway/album_access.hpp"
#include "gateway/file_access.hpp"
#include "gateway/file_json.hpp"
#include "gateway/handlers.hpp"
#include "gateway/housekeeping.hpp"
#include "gateway/json_body.hpp"
#include "gateway/problem_response.hpp"
#include "gateway/withdrawals.hpp"

namespace signpost::gateway {
namespace {

constexpr std::size_t raw_name_bytes = 4096;
constexpr std::size_t album_bytes = 128;

std::expected<domain::FilePatch, http::Problem> read_patch(JsonFields fields) {
  domain::FilePatch patch;
  auto raw_name = fields.text("name", raw_name_bytes);
  if (fields.is_null("name")) return std::unexpected(invalid("name may not be null."));
  auto album = fields.text("album", album_bytes, true);
  bool in_none = fields.is_null("album") || (album && album->empty());
  patch.metadata = fields.text_map("metadata");
  if (fields.is_null("metadata")) patch.metadata.emplace();
  TRYV(fields.finish());
  if (in_none) {
    patch.album.emplace();
  } else if (album) {
    TRY(patch.album, parse_album(*album));
  }
  if (raw_name) {
    auto name = domain::sanitize_file_name(*raw_name);
    if (!name) return std::unexpected(invalid("name is not UTF-8."));
    patch.name = *std::move(name);
  }
  return patch;
}

}  // namespace

net::Task<Outcome> get_file(Request& request, const domain::Caller* caller) {
  CO_TRY(domain::Row<domain::File> file,
         co_await find_file(request, caller, domain::Action::read_entry));
  co_return json_response(boost::json::serialize(to_json(*file)));
}

net::Task<Outcome> patch_file(Request& request, const domain::Caller& caller) {
  CO_TRY(domain::Row<domain::File> file,
         co_await find_file(request, &caller, domain::Action::edit));
  CO_TRY(JsonFields fields, co_await read_json(request));
  CO_TRY(domain::FilePatch patch, read_patch(std::move(fields)));
  if (patch.album && *patch.album && *patch.album != file->album)
    CO_TRYV(co_await check_place(request, caller, file->owner, **patch.album));
  auto apply = [&] { return request.shared().catalog.patch_file(*file, patch, request.now); };
  auto patched = co_await request.shared().pool.run(apply);
  if (!patched) co_return std::unexpected(to_problem(patched.error()));
  co_return json_response(boost::json::serialize(to_json(*patched)));
}

net::Task<Outcome> delete_file(Request& request, const domain::Caller& caller) {
  CO_TRY(domain::Row<domain::File> file,
         co_await find_file(request, &caller, domain::Action::remove));
  auto remove = [&] { return request.shared().catalog.delete_file(*file, request.now); };
  auto removed = co_await request.shared().pool.run(remove);
  if (!removed) co_return std::unexpected(to_problem(removed.error()));
  // Who is still putting bytes there is refused before these are deleted, so that none come after.
  // Where the store cannot be told, it is not there to delete them either: housekeeping does.
  const bool may_be_coming = removed->state == domain::FileState::pending;
  if (!may_be_coming || co_await tell_withdrawals(request.services))
    co_await delete_objects(request.services, objects_of(*removed));
  co_return net::Response{.status = 204, .headers = {}, .body = {}};
}

}  // namespace signpost::gateway
