#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/random.hpp"
#include "base/try.hpp"
#include "gateway/album_access.hpp"
#include "gateway/handlers.hpp"
#include "gateway/idempotency.hpp"
#include "gateway/json_body.hpp"
#include "gateway/list_page.hpp"
#include "gateway/parameters.hpp"
#include "gateway/problem_response.hpp"

namespace signpost::gateway {
namespace {

constexpr std::size_t id_random_bytes = 16;
constexpr std::size_t id_bytes = 128;

boost::json::object to_json(const domain::Album& album) {
  boost::json::object out;
  out["id"] = album.id.text();
  out["name"] = album.name;
  out["owner"] = album.owner.text();
  out["created_at"] = to_rfc3339(album.created_at);
  out["updated_at"] = to_rfc3339(album.updated_at);
  return out;
}

std::expected<domain::Album, http::Problem> read_new_album(JsonFields fields,
                                                           const domain::Caller& caller,
                                                           UnixSeconds now) {
  std::string name = fields.required_text("name", limits::file_name_bytes);
  auto id_text = fields.text("id", id_bytes);
  auto owner_text = fields.text("owner", limits::principal_bytes);
  TRYV(fields.finish());
  auto id = domain::AlbumId::parse(id_text ? *id_text : random_hex(id_random_bytes));
  if (!id) return std::unexpected(invalid("id is not 1 to 128 characters of A-Z a-z 0-9 . _ -"));
  TRY(domain::Principal owner, declared_owner(std::move(owner_text), caller));
  return domain::Album{.id = *std::move(id),
                       .name = std::move(name),
                       .owner = std::move(owner),
                       .created_at = now,
                       .updated_at = now};
}

}  // namespace

net::Task<Outcome> create_album(Request& request, const domain::Caller& caller) {
  CO_TRY(Creation creation, co_await read_creation(request, caller));
  if (creation.replay) co_return *std::move(creation.replay);
  CO_TRY(domain::Album album, read_new_album(std::move(creation.fields), caller, request.now));
  domain::AlbumFacts facts{.owner = album.owner};
  domain::Decision decision = domain::decide(&caller, domain::AlbumAction::create, &facts);
  if (decision != domain::Decision::allow) co_return std::unexpected(to_problem(decision));
  net::Response response = json_response(boost::json::serialize(to_json(album)), 201);
  response.headers.add("Location", "/v1/albums/" + album.id.text());
  auto answer = answer_under_key(creation, response);
  auto create = [&] { return request.shared().catalog.create_album(album, answer); };
  auto created = co_await request.shared().pool.run(create);
  co_return co_await conclude(request, creation, created, std::move(response));
}

net::Task<Outcome> list_albums(Request& request, const domain::Caller& caller) {
  CO_TRYV(only_parameters(request.query, {"limit", "cursor"}));
  CO_TRY(std::size_t limit, list_limit(request.query));
  Shared& shared = request.shared();
  std::string binding = "albums\n" + caller.principal.text();
  CO_TRY(auto position, list_position(request, binding));
  std::optional<std::int64_t> after;
  if (position) after = static_cast<std::int64_t>(parse_u64(*position).value_or(0));
  auto list = [&] { return shared.catalog.list_albums(caller.principal, after, limit); };
  domain::AlbumPage page = co_await shared.pool.run(list);

  boost::json::array items;
  for (const domain::Album& album : page.items) items.emplace_back(to_json(album));
  std::optional<std::string> next;
  if (page.next) next = std::to_string(*page.next);
  co_return list_response(request, binding, std::move(items), next);
}

net::Task<Outcome> get_album(Request& request, const domain::Caller* caller) {
  CO_TRY(domain::Album album, co_await find_album(request, caller, domain::AlbumAction::read));
  co_return json_response(boost::json::serialize(to_json(album)));
}

net::Task<Outcome> patch_album(Request& request, const domain::Caller& caller) {
  CO_TRY(domain::Album album, co_await find_album(request, &caller, domain::AlbumAction::edit));
  CO_TRY(JsonFields fields, co_await read_json(request));
  auto name = fields.text("name", limits::file_name_bytes);
  if (fields.is_null("name")) co_return std::unexpected(invalid("name may not be null."));
  CO_TRYV(fields.finish());
  auto rename = [&] {
    return request.shared().catalog.rename_album(album.id, album.owner, name.value_or(album.name),
                                                 request.now);
  };
  auto renamed = co_await request.shared().pool.run(rename);
  if (!renamed) co_return std::unexpected(to_problem(renamed.error()));
  co_return json_response(boost::json::serialize(to_json(*renamed)));
}

net::Task<Outcome> delete_album(Request& request, const domain::Caller& caller) {
  CO_TRY(domain::Album album, co_await find_album(request, &caller, domain::AlbumAction::remove));
  auto remove = [&] { return request.shared().catalog.delete_album(album.id, album.owner); };
  if (!co_await request.shared().pool.run(remove)) co_return std::unexpected(not_found());
  co_return net::Response{.status = 204, .headers = {}, .body = {}};
}

}  // namespace signpost::gateway
