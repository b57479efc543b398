#include <boost/json/serialize.hpp>

#include "gateway/handlers.hpp"
#include "gateway/pause.hpp"
#include "log/log.hpp"

namespace signpost::gateway {
namespace {

// One probe a second for each worker is enough to know.
constexpr std::chrono::seconds readiness_life{1};

bool catalog_answers(domain::Catalog& catalog) {
  try {
    catalog.doomed_objects({}, 1);
    return true;
  } catch (const std::exception& error) {
    log::warn("the catalog is not ready: {}", error.what());
    return false;
  }
}

bool is_fresh(const Readiness& readiness, UnixSeconds now) {
  return readiness.checked_at <= now &&  // the clock may have been set back
         readiness.checked_at + readiness_life > now;
}

// Also where it ends by an exception, or with the worker.
class BeingChecked {
 public:
  explicit BeingChecked(bool& flag) : flag_(flag) { flag_ = true; }
  ~BeingChecked() { flag_ = false; }
  BeingChecked(const BeingChecked&) = delete;
  BeingChecked& operator=(const BeingChecked&) = delete;

 private:
  bool& flag_;
};

// One at a time: a store that hangs is asked by the first, and the others get what that one found.
net::Task<void> probe(Request& request) {
  constexpr std::chrono::milliseconds step{20};
  Shared& shared = request.shared();
  Readiness& readiness = request.services.readiness;
  if (readiness.being_checked) {
    while (readiness.being_checked) co_await pause(step);
    co_return;
  }
  if (is_fresh(readiness, request.now)) co_return;
  BeingChecked mark(readiness.being_checked);
  auto ask_catalog = [&] { return catalog_answers(shared.catalog); };
  readiness.catalog = co_await shared.pool.run(ask_catalog);
  readiness.store = (co_await request.services.store.head_bucket()).has_value();
  readiness.checked_at = shared.clock();
}

}  // namespace

net::Task<Outcome> get_health(Request&) {
  co_return json_response(R"({"status":"ok"})");
}

net::Task<Outcome> get_readiness(Request& request) {
  co_await probe(request);
  const Readiness& readiness = request.services.readiness;
  bool ready = readiness.store && readiness.catalog;
  boost::json::object body;
  body["status"] = ready ? "ready" : "not_ready";
  body["store"] = request.shared().options.store_public_url;
  body["store_status"] = readiness.store ? "ok" : "unreachable";
  body["catalog"] = readiness.catalog ? "ok" : "unreachable";
  net::Response response = json_response(boost::json::serialize(body), ready ? 200 : 503);
  if (!ready) response.headers.add("Retry-After", "1");
  co_return response;
}

}  // namespace signpost::gateway
