#include "gateway/file_access.hpp"

#include <chrono>
#include <span>

#include "base/try.hpp"
#include "gateway/problem_response.hpp"

namespace signpost::gateway {
namespace {

constexpr std::chrono::seconds asking_at_most{5};  // the app, for one request of many files

struct Found {
  domain::Row<domain::File> file;
  domain::Decision decision = domain::Decision::not_found;
  domain::UrlEpochs epochs = {};  // of what is to be read
};

bool may_sign_for(domain::Action action) {
  return action == domain::Action::read_content || action == domain::Action::upload;
}

// Grants only ever add, so they are read where the file alone did not do; and also where there is
// no file, so that the time does not tell. Epochs are read before grants (domain::UrlEpochs).
Found judge(domain::Catalog& catalog, const domain::FileId& id, domain::Row<domain::File> file,
            const domain::UrlEpochs& epochs, const domain::Caller* caller, domain::Action action) {
  Found found{.file = std::move(file), .epochs = epochs};
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
                                    const domain::File* known) {
  bool allows = co_await request.services.callback.allows(caller, action, id, known);
  if (known == nullptr) co_return domain::decide(&caller, action, nullptr);
  domain::FileFacts facts = domain::facts_of(*known);
  facts.app_allows = allows;
  co_return domain::decide(&caller, action, &facts);
}

std::vector<Found> judge_all(domain::Catalog& catalog,
                             std::span<const std::optional<domain::FileId>> ids,
                             const domain::Caller& caller, domain::Action action) {
  std::vector<domain::FileId> asked;
  for (const auto& id : ids)
    if (id) asked.push_back(*id);
  auto files = catalog.find_files(asked);
  std::vector<domain::UrlEpochs> epochs(files.size());
  if (may_sign_for(action)) epochs = catalog.find_all_url_epochs(&caller.principal, files);
  std::vector<Found> out;
  out.reserve(ids.size());
  std::size_t i = 0;
  for (const auto& id : ids) {
    if (id) {
      out.push_back(judge(catalog, *id, std::move(files[i]), epochs[i], &caller, action));
      ++i;
    } else {
      out.push_back({.file = {}, .decision = domain::decide(&caller, action, nullptr)});
    }
  }
  return out;
}

// What judge() says of the file that the path names.
Found look_up(Request& request, const std::optional<domain::FileId>& id,
              const domain::Caller* caller, domain::Action action) {
  if (!id) return {.file = nullptr, .decision = domain::decide(caller, action, nullptr)};
  // On this worker: a few rows by their keys cost less than the way to the pool and back
  // (docs/adr/0013).
  domain::Catalog& catalog = request.shared().catalog;
  domain::Row<domain::File> file = catalog.find_file(*id);
  domain::UrlEpochs epochs;
  if (file && may_sign_for(action))
    epochs = catalog.find_url_epochs(caller ? &caller->principal : nullptr, *file);
  return judge(catalog, *id, std::move(file), epochs, caller, action);
}

bool may_ask_app(const Request& request, const std::optional<domain::FileId>& id,
                 const domain::Caller* caller, const Found& found) {
  return found.decision != domain::Decision::allow && caller != nullptr && id.has_value() &&
         request.services.callback.is_configured();
}

std::optional<domain::FileId> id_in_path(const Request& request) {
  return domain::FileId::parse(request.path.get("id"));
}

std::expected<domain::Row<domain::File>, http::Problem> outcome(Found found) {
  if (found.decision != domain::Decision::allow) return std::unexpected(to_problem(found.decision));
  if (!found.file) return std::unexpected(not_found());
  return std::move(found.file);
}

FoundReadable readable(Found found) {
  const domain::UrlEpochs epochs = found.epochs;
  TRY(domain::Row<domain::File> file, outcome(std::move(found)));
  if (file->state != domain::FileState::ready)
    return std::unexpected(problem(409, "not_ready", "The file's upload has not been completed."));
  return ReadableFile{std::move(file), epochs};
}

net::Task<Found> find(Request& request, const domain::Caller* caller, domain::Action action) {
  auto id = id_in_path(request);
  Found found = look_up(request, id, caller, action);
  if (may_ask_app(request, id, caller, found))
    found.decision = co_await ask_app(request, *caller, action, *id, found.file.get());
  co_return found;
}

}  // namespace

net::Task<std::expected<domain::Row<domain::File>, http::Problem>> find_file(
    Request& request, const domain::Caller* caller, domain::Action action) {
  co_return outcome(co_await find(request, caller, action));
}

net::Task<FoundReadable> find_ready_file(Request& request, const domain::Caller* caller) {
  co_return readable(co_await find(request, caller, domain::Action::read_content));
}

std::optional<FoundReadable> find_ready_file_at_once(Request& request,
                                                     const domain::Caller* caller) {
  auto id = id_in_path(request);
  Found found = look_up(request, id, caller, domain::Action::read_content);
  if (may_ask_app(request, id, caller, found)) return std::nullopt;
  return readable(std::move(found));
}

net::Task<std::vector<FoundReadable>> find_ready_files(Request& request,
                                                       const domain::Caller& caller,
                                                       std::vector<std::string> ids) {
  constexpr auto action = domain::Action::read_content;
  std::vector<std::optional<domain::FileId>> parsed;
  parsed.reserve(ids.size());
  for (const std::string& id : ids) parsed.push_back(domain::FileId::parse(id));
  auto look = [&] { return judge_all(request.shared().catalog, parsed, caller, action); };
  std::vector<Found> found = co_await request.shared().pool.run(look);
  const auto deadline = std::chrono::steady_clock::now() + asking_at_most;
  std::vector<FoundReadable> out;
  out.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (may_ask_app(request, parsed[i], &caller, found[i]) &&
        std::chrono::steady_clock::now() < deadline)
      found[i].decision =
          co_await ask_app(request, caller, action, *parsed[i], found[i].file.get());
    out.push_back(readable(std::move(found[i])));
  }
  co_return out;
}

}  // namespace signpost::gateway
