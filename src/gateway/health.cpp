#include <boost/json/serialize.hpp>

#include "gateway/handlers.hpp"
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

net::Task<void> probe(Request& request) {
  Readiness& readiness = request.services.readiness;
  const bool is_fresh = readiness.checked_at <= request.now &&  // the clock may have been set back
                        readiness.checked_at + readiness_life > request.now;
  if (is_fresh) co_return;
  auto ask_catalog = [&] { return catalog_answers(request.shared().catalog); };
  bool catalog = co_await request.shared().pool.run(ask_catalog);
  auto store = co_await request.services.store.head_bucket();
  readiness = {.checked_at = request.now, .store = store.has_value(), .catalog = catalog};
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
