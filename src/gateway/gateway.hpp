#pragma once

#include <memory>
#include <vector>

#include "credentials/timed.hpp"
#include "domain/catalog.hpp"
#include "gateway/options.hpp"
#include "net/blocking_pool.hpp"
#include "net/server.hpp"
#include "s3client/s3_client.hpp"

namespace signpost::gateway {

// How the gateway reaches the store.
struct StoreAccess {
  s3client::S3Endpoint endpoint;
  credentials::Current credentials;
};

// The HTTP API and the page (openapi.json). Which routes there are: routes.cpp. What it is given by
// reference must outlive it, and it must outlive the server that runs its handlers.
class Gateway {
 public:
  // Reads the catalog's shared secrets, and so may throw what the catalog throws.
  Gateway(Options options, StoreAccess store, domain::Catalog& catalog, net::BlockingPool& pool,
          Clock clock);
  ~Gateway();

  // One for each worker, on its own thread: the factory of net::Server.
  net::Handler handler(net::Worker worker);
  net::Fallback fallback() const;

  // Ends once the store can be used: makes the bucket and sets its CORS for the page and the
  // allowed origins (manage_bucket), or else finds the bucket there. Tries again, with growing
  // pauses, until the store answers so.
  net::Task<void> prepare_store(net::Worker worker);

  // One for each issuer whose keys are at a URL. They never end, and fetch keys. To be spawned on
  // one worker, before any request; they go when that worker's context goes.
  std::vector<net::Task<void>> key_refreshers(net::Worker worker);

  // Never ends: tells the embedded store which URLs were withdrawn, well within a second of each.
  // To be spawned as housekeeping() is, and by every gateway of a catalog alike.
  net::Task<void> push_withdrawals(net::Worker worker);

  // Never ends, unless the store is another than the embedded one: every second, asks it what was
  // fetched with the URLs that were given out. As push_withdrawals(), once the store is prepared.
  net::Task<void> collect_fetches(net::Worker worker);

  // Never ends: deletes pending files whose upload nobody goes on with (options.keep_uploads). As
  // housekeeping().
  net::Task<void> sweep_uploads(net::Worker worker);

  // Never ends: every minute, deletes objects that no entry names any more, and sessions and API
  // tokens that have expired. To be spawned on one worker; it goes when that worker's context goes,
  // before which the pool must have been joined: a job of this coroutine may be in it.
  net::Task<void> housekeeping(net::Worker worker);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signpost::gateway
