#include "gateway/album_access.hpp"

#include "gateway/problem_response.hpp"

namespace signpost::gateway {
namespace {

// An album, and what bears on what that caller may do with it. Read in one job, also where there is
// no such album.
struct Known {
  std::optional<domain::Album> album;
  std::vector<domain::Grant> grants;

  template <class F>
  auto with_facts(F use) const {
    if (!album) return use(static_cast<const domain::AlbumFacts*>(nullptr));
    domain::AlbumFacts facts{.owner = album->owner, .grants = grants};
    return use(static_cast<const domain::AlbumFacts*>(&facts));
  }
  domain::Decision decide(const domain::Caller* caller, domain::AlbumAction action) const {
    return with_facts(
        [&](const domain::AlbumFacts* facts) { return domain::decide(caller, action, facts); });
  }
};

net::Task<Known> look_up(Request& request, const domain::Caller* caller,
                         const domain::AlbumId& id) {
  domain::Catalog& catalog = request.shared().catalog;
  auto look = [&] {
    Known known{.album = catalog.find_album(id)};
    known.grants = catalog.find_grants(std::nullopt, id, domain::grantees_of(caller)).grants;
    return known;
  };
  co_return co_await request.shared().pool.run(look);
}

}  // namespace

net::Task<std::expected<domain::Album, http::Problem>> find_album(Request& request,
                                                                  const domain::Caller* caller,
                                                                  domain::AlbumAction action) {
  Known known;
  if (auto id = domain::AlbumId::parse(request.path.get("id")))
    known = co_await look_up(request, caller, *id);
  domain::Decision decision = known.decide(caller, action);
  if (decision != domain::Decision::allow) co_return std::unexpected(to_problem(decision));
  co_return *std::move(known.album);
}

net::Task<bool> may_list_album(Request& request, const domain::Caller* caller,
                               const domain::AlbumId& id) {
  Known known = co_await look_up(request, caller, id);
  co_return known.decide(caller, domain::AlbumAction::read) == domain::Decision::allow;
}

net::Task<std::expected<void, http::Problem>> check_place(Request& request,
                                                          const domain::Caller& caller,
                                                          const domain::Principal& file_owner,
                                                          const domain::AlbumId& id) {
  Known known = co_await look_up(request, &caller, id);
  bool may = known.with_facts([&](const domain::AlbumFacts* facts) {
    return domain::may_place(caller, file_owner, facts);
  });
  if (!may) co_return std::unexpected(to_problem(domain::CatalogError::no_album));
  co_return std::expected<void, http::Problem>{};
}

std::expected<domain::AlbumId, http::Problem> parse_album(std::string_view text) {
  auto id = domain::AlbumId::parse(text);
  if (!id) return std::unexpected(to_problem(domain::CatalogError::no_album));
  return *std::move(id);
}

}  // namespace signpost::gateway
