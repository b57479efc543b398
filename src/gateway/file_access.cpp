#include "gateway/file_access.hpp"

#include "gateway/problem_response.hpp"

namespace signpost::gateway {
namespace {

struct Found {
  std::optional<domain::File> file;
  domain::Decision decision = domain::Decision::not_found;
};

// One read for an owner. Grants only ever add, so they are read where the file alone did not do;
// and also where there is no file, so that the time does not tell.
Found look_up(domain::Catalog& catalog, const domain::FileId& id, const domain::Caller* caller,
              domain::Action action) {
  Found found{.file = catalog.find_file(id)};
  auto decide = [&](const domain::FoundGrants& known) {
    if (!found.file) return domain::decide(caller, action, nullptr);
    domain::FileFacts facts = domain::facts_of(*found.file, known.grants,
                                               known.album_owner ? &*known.album_owner : nullptr);
    return domain::decide(caller, action, &facts);
  };
  found.decision = decide({});
  if (found.decision == domain::Decision::allow) return found;
  auto album = found.file ? found.file->album : std::nullopt;
  found.decision = decide(catalog.find_grants(id, album, domain::grantees_of(caller)));
  return found;
}

// Where owner and grants do not allow it, the app may.
net::Task<domain::Decision> ask_app(Request& request, const domain::Caller& caller,
                                    domain::Action action, const domain::FileId& id,
                                    const std::optional<domain::File>& file) {
  const domain::File* known = file ? &*file : nullptr;
  bool allows = co_await request.services.callback.allows(caller, action, id, known);
  if (known == nullptr) co_return domain::decide(&caller, action, nullptr);
  domain::FileFacts facts = domain::facts_of(*known);
  facts.app_allows = allows;
  co_return domain::decide(&caller, action, &facts);
}

}  // namespace

net::Task<std::expected<domain::File, http::Problem>> find_file(Request& request,
                                                                const domain::Caller* caller,
                                                                domain::Action action) {
  Found found{.file = std::nullopt, .decision = domain::decide(caller, action, nullptr)};
  if (auto id = domain::FileId::parse(request.path.get("id"))) {
    // On this worker: a few rows by their keys cost less than the way to the pool and back
    // (docs/adr/0013).
    found = look_up(request.shared().catalog, *id, caller, action);
    if (found.decision != domain::Decision::allow && caller != nullptr &&
        request.services.callback.is_configured())
      found.decision = co_await ask_app(request, *caller, action, *id, found.file);
  }
  if (found.decision != domain::Decision::allow)
    co_return std::unexpected(to_problem(found.decision));
  if (!found.file) co_return std::unexpected(not_found());
  co_return *std::move(found.file);
}

net::Task<std::expected<domain::File, http::Problem>> find_ready_file(
    Request& request, const domain::Caller* caller) {
  auto file = co_await find_file(request, caller, domain::Action::read_content);
  if (file && file->state != domain::FileState::ready)
    co_return std::unexpected(
        problem(409, "not_ready", "The file's upload has not been completed."));
  co_return file;
}

}  // namespace signpost::gateway
