#include "gateway/housekeeping.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/sweep.hpp"
#include "gateway/pause.hpp"
#include "log/log.hpp"

namespace signpost::gateway {
namespace {

constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{5000};
constexpr std::chrono::seconds round_pause{60};
constexpr std::size_t doomed_in_one_round = 1000;
constexpr std::size_t refused_in_one_round = 100;
constexpr std::size_t idle_in_one_round = 10'000;

net::Task<std::expected<void, s3client::S3Error>> prepare_once(Services& services) {
  if (!services.shared.options.manage_bucket) co_return co_await services.store.head_bucket();
  auto made = co_await services.store.create_bucket();
  if (!made) co_return made;
  auto cors = bucket_cors(services.shared.origins.trusted());
  co_return co_await services.store.put_bucket_cors(cors);
}

enum class Deletion {
  done,
  refused,  // this object: others may go
  failed,   // the store does not do it now, and would not do it with others
};

// An error of this one request, by its status: what a rule keeps, or a policy forbids.
bool is_refusal(const s3client::S3Error& error) {
  constexpr unsigned too_many_requests = 429;
  return !error.transport && error.status / 100 == 4 && error.status != too_many_requests;
}

// What is not done stays doomed.
net::Task<Deletion> delete_object(Services& services, const domain::ObjectRef& object) {
  auto deleted = co_await services.store.delete_object(object.key);
  if (!deleted) {
    log::warn("an object could not be deleted yet: {}", deleted.error().text());
    co_return is_refusal(deleted.error()) ? Deletion::refused : Deletion::failed;
  }
  auto forget = [&] { services.shared.catalog.forget_doomed_object(object); };
  co_await services.shared.pool.run(forget);
  co_return Deletion::done;
}

// One that the store keeps must not keep the others: but where it refuses many, it may be the key
// that it does not take.
net::Task<void> delete_doomed_objects(Services& services) {
  Shared& shared = services.shared;
  auto list = [&] {
    return shared.catalog.doomed_objects(services.store.bucket(), doomed_in_one_round);
  };
  std::vector<domain::ObjectRef> doomed = co_await shared.pool.run(list);
  std::size_t refused = 0;
  for (const domain::ObjectRef& object : doomed) {
    const Deletion deletion = co_await delete_object(services, object);
    if (deletion == Deletion::failed) co_return;
    if (deletion == Deletion::done) continue;
    auto postpone = [&] { shared.catalog.postpone_doomed_object(object); };
    co_await shared.pool.run(postpone);
    if (++refused == refused_in_one_round) co_return;
  }
}

// One round over the pending files: an entry whose bytes never came, or were never completed, goes
// with what may have come of them.
net::Task<void> sweep_once(Services& services, Sweep<domain::FileId>& sweep) {
  Shared& shared = services.shared;
  const std::chrono::seconds keep = shared.options.keep_uploads;
  const SweepClocks clocks = SweepClocks::now();
  const auto before = std::chrono::floor<std::chrono::seconds>(clocks.wall) - keep;
  auto find = [&] { return shared.catalog.idle_files(before, idle_in_one_round); };
  domain::IdleFiles found = co_await shared.pool.run(find);
  std::size_t gone = 0;
  for (const domain::FileId& id : sweep.choose(clocks, found.open, std::move(found.idle))) {
    auto remove = [&] { return shared.catalog.delete_idle_file(id, before); };
    auto removed = co_await shared.pool.run(remove);
    if (!removed) continue;  // somebody went on with it
    ++gone;
    co_await delete_objects(services, objects_of(*removed));
  }
  if (gone > 0)
    log::info("{} of {} pending files, that nobody went on with for {} s, were deleted", gone,
              found.open, keep.count());
}

}  // namespace

s3::CorsConfiguration bucket_cors(std::vector<std::string> origins) {
  s3::CorsRule rule{.id = "signpost",
                    .allowed_origins = std::move(origins),
                    .allowed_methods = {"GET", "HEAD", "PUT"},
                    .allowed_headers = {"*"},
                    .expose_headers = {"ETag", "Content-Range", "Content-Disposition",
                                       "Accept-Ranges", "x-amz-request-id"},
                    .max_age_seconds = 600};
  return {.rules = {std::move(rule)}};
}

net::Task<void> prepare_store(Services& services) {
  auto length = first_pause;
  for (;;) {
    auto done = co_await prepare_once(services);
    if (done) co_return;
    log::warn("the store is not ready: {}", done.error().text());
    co_await pause(length);
    length = std::min(length * 2, longest_pause);
  }
}

std::vector<domain::ObjectRef> objects_of(const domain::File& file) {
  std::vector<domain::ObjectRef> out{file.object};
  if (file.upload && file.upload->key != file.object.key)
    out.push_back({file.object.bucket, file.upload->key});
  return out;
}

net::Task<void> delete_objects(Services& services, std::vector<domain::ObjectRef> objects) {
  for (const domain::ObjectRef& object : objects)
    if (co_await delete_object(services, object) == Deletion::failed) co_return;
}

net::Task<void> sweep_uploads(Services& services) {
  Sweep<domain::FileId> sweep(services.shared.options.keep_uploads);
  for (;;) {
    co_await pause(sweep.pause());
    try {
      co_await sweep_once(services, sweep);
    } catch (const std::exception& error) {
      log::error("the sweep of uploads failed and is tried again: {}", error.what());
    }
  }
}

net::Task<void> keep_house(Services& services) {
  Shared& shared = services.shared;
  for (;;) {
    try {
      auto forget_expired = [&] {
        shared.catalog.delete_expired_sessions(shared.clock());
        shared.catalog.delete_expired_api_tokens(shared.clock());
        shared.catalog.delete_old_keyed_answers(shared.clock());
        shared.catalog.delete_old_fetches(shared.clock() - limits::fetches_kept);
      };
      co_await shared.pool.run(forget_expired);
      co_await delete_doomed_objects(services);
    } catch (const std::exception& error) {
      log::error("housekeeping failed and is tried again: {}", error.what());
    }
    co_await pause(round_pause);
  }
}

}  // namespace signpost::gateway
