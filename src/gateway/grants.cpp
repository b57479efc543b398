#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/try.hpp"
#include "gateway/album_access.hpp"
#include "gateway/file_access.hpp"
#include "gateway/handlers.hpp"
#include "gateway/json_body.hpp"
#include "gateway/list_page.hpp"
#include "gateway/parameters.hpp"
#include "gateway/problem_response.hpp"

// Who else may see or change a file or an album: its owner says so.
namespace signpost::gateway {
namespace {

boost::json::object to_json(const domain::Grant& grant) {
  boost::json::object out;
  out["principal"] = domain::to_text(grant.grantee);
  out["role"] = domain::to_text(grant.role);
  out["created_at"] = to_rfc3339(grant.created_at);
  return out;
}

std::expected<domain::Grantee, http::Problem> path_grantee(const Request& request) {
  auto grantee = domain::parse_grantee(request.path.get("principal"));
  if (!grantee)
    return std::unexpected(
        invalid("A grant is to user:ISSUER:SUBJECT, group:ISSUER:NAME or anyone."));
  return *std::move(grantee);
}

std::expected<domain::Role, http::Problem> read_role(JsonFields fields) {
  std::string text = fields.required_text("role", 16);
  TRYV(fields.finish());
  auto role = domain::parse_role(text);
  if (!role) return std::unexpected(invalid("role is neither viewer nor editor."));
  return *role;
}

// The three below are for what find_file() or find_album() has allowed.

net::Task<Outcome> put_grant(Request& request, domain::GrantTarget target,
                             domain::Principal owner) {
  CO_TRY(domain::Grantee grantee, path_grantee(request));
  CO_TRY(JsonFields fields, co_await read_json(request));
  CO_TRY(domain::Role role, read_role(std::move(fields)));
  domain::Grant grant{.grantee = std::move(grantee), .role = role, .created_at = request.now};
  auto put = [&] { return request.shared().catalog.put_grant(target, owner, grant); };
  auto kept = co_await request.shared().pool.run(put);
  if (!kept) co_return std::unexpected(to_problem(kept.error()));
  co_return json_response(boost::json::serialize(to_json(*kept)));
}

net::Task<Outcome> delete_grant(Request& request, domain::GrantTarget target) {
  CO_TRY(domain::Grantee grantee, path_grantee(request));
  auto remove = [&] { return request.shared().catalog.delete_grant(target, grantee); };
  if (!co_await request.shared().pool.run(remove)) co_return std::unexpected(not_found());
  co_return net::Response{.status = 204, .headers = {}, .body = {}};
}

// `binding` names what the list is of.
net::Task<Outcome> list_grants(Request& request, const domain::Caller& caller,
                               domain::GrantTarget target, std::string binding) {
  CO_TRYV(only_parameters(request.query, {"limit", "cursor"}));
  CO_TRY(std::size_t limit, list_limit(request.query));
  Shared& shared = request.shared();
  binding = "grants\n" + caller.principal.text() + "\n" + binding;
  CO_TRY(auto after, list_position(request, binding));
  auto list = [&] { return shared.catalog.list_grants(target, after.value_or(""), limit + 1); };
  std::vector<domain::Grant> grants = co_await shared.pool.run(list);

  std::optional<std::string> next;
  if (grants.size() > limit) {
    grants.pop_back();
    next = domain::to_text(grants.back().grantee);
  }
  boost::json::array items;
  for (const domain::Grant& grant : grants) items.emplace_back(to_json(grant));
  co_return list_response(request, binding, std::move(items), next);
}

}  // namespace

net::Task<Outcome> put_file_grant(Request& request, const domain::Caller& caller) {
  CO_TRY(domain::Row<domain::File> file,
         co_await find_file(request, &caller, domain::Action::share));
  co_return co_await put_grant(request, file->id, file->owner);
}

net::Task<Outcome> delete_file_grant(Request& request, const domain::Caller& caller) {
  CO_TRY(domain::Row<domain::File> file,
         co_await find_file(request, &caller, domain::Action::share));
  co_return co_await delete_grant(request, file->id);
}

net::Task<Outcome> list_file_grants(Request& request, const domain::Caller& caller) {
  CO_TRY(domain::Row<domain::File> file,
         co_await find_file(request, &caller, domain::Action::share));
  co_return co_await list_grants(request, caller, file->id, "file\n" + file->id.text());
}

net::Task<Outcome> put_album_grant(Request& request, const domain::Caller& caller) {
  CO_TRY(domain::Album album, co_await find_album(request, &caller, domain::AlbumAction::share));
  co_return co_await put_grant(request, album.id, album.owner);
}

net::Task<Outcome> delete_album_grant(Request& request, const domain::Caller& caller) {
  CO_TRY(domain::Album album, co_await find_album(request, &caller, domain::AlbumAction::share));
  co_return co_await delete_grant(request, album.id);
}

net::Task<Outcome> list_album_grants(Request& request, const domain::Caller& caller) {
  CO_TRY(domain::Album album, co_await find_album(request, &caller, domain::AlbumAction::share));
  co_return co_await list_grants(request, caller, album.id, "album\n" + album.id.text());
}

}  // namespace signpost::gateway
