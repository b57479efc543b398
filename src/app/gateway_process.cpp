#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <csignal>
#include <memory>

#include "app/addresses.hpp"
#include "app/child.hpp"
#include "app/data_folder.hpp"
#include "app/gateway_options.hpp"
#include "app/process.hpp"
#include "app/store_credentials.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"
#include "credentials/refreshing.hpp"
#include "gateway/gateway.hpp"
#include "log/log.hpp"
#include "net/blocking_pool.hpp"
#include "net/server.hpp"

namespace signpost::app {
namespace {

constexpr unsigned catalog_threads = 8;

UnixSeconds system_time() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

gateway::StoreAccess store_access(const Config& config, const DataFolder& folder,
                                  std::unique_ptr<credentials::Refreshing>& refreshing) {
  gateway::StoreAccess out;
  out.endpoint = {.endpoint = store_endpoint(config),
                  .public_endpoint = store_public_url(config),
                  .region = config.store.region,
                  .bucket = config.store.bucket,
                  .path_style = true};
  if (config.store.kind == StoreKind::embedded) {
    out.credentials = credentials::fixed(root_key(folder).credentials);
    return out;
  }
  out.endpoint.path_style = config.store.path_style;
  if (!config.store.access_key_id.empty()) {
    out.credentials =
        credentials::fixed({config.store.access_key_id, config.store.secret_access_key, Secret()});
    return out;
  }
  refreshing = std::make_unique<credentials::Refreshing>(load_store_credentials(),
                                                         &try_store_credentials, &system_time);
  out.credentials = refreshing->current();
  return out;
}

// What goes on beside the requests, all on the first worker.
void spawn_background(gateway::Gateway& gateway, net::Server& server, int ready_fd) {
  boost::asio::io_context& context = *server.contexts().front();
  const net::Worker worker{context, 0};
  const auto ended = [&server](const std::exception_ptr& error) {
    if (!error) return;
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& failure) {
      log::error("housekeeping failed, and so this process ends: {}", failure.what());
    }
    server.stop();
  };
  for (net::Task<void>& refresher : gateway.key_refreshers(worker))
    boost::asio::co_spawn(context, std::move(refresher), ended);
  boost::asio::co_spawn(context, gateway.push_withdrawals(worker), ended);
  auto prepare = [&gateway, &context, ended, worker, ready_fd]() -> net::Task<void> {
    co_await gateway.prepare_store(worker);
    report_ready(ready_fd);
    boost::asio::co_spawn(context, gateway.collect_fetches(worker), ended);
    boost::asio::co_spawn(context, gateway.sweep_uploads(worker), ended);
    co_await gateway.housekeeping(worker);
  };
  boost::asio::co_spawn(context, std::move(prepare), ended);
}

}  // namespace

Exit run_gateway_process(const ChildOptions& options) {
  prepare_process("gateway");
  StopSignal signal({SIGTERM});
  const Config config = load_child_config(options);
  DataFolder folder(options.data);
  catalog_sqlite::SqliteCatalog catalog(folder.file(catalog_file_name(config)),
                                        config.catalog.cache);
  net::BlockingPool pool(catalog_threads);
  std::unique_ptr<credentials::Refreshing> refreshing;
  gateway::Gateway gateway(gateway_options(config, options.config_directory),
                           store_access(config, folder, refreshing), catalog, pool, &system_time);
  net::ServerOptions server_options{
      .listeners = options.listeners, .fallback = gateway.fallback(), .tls = nullptr};
  if (!config.server.tls_certificate.empty()) {
    const std::filesystem::path directory = options.config_directory;
    server_options.tls =
        net::load_tls(directory / config.server.tls_certificate, directory / config.server.tls_key);
  }
  net::Server server(std::move(server_options),
                     [&gateway](net::Worker worker) { return gateway.handler(worker); });
  spawn_background(gateway, server, options.ready_fd);
  signal.on_signal([&server] { server.stop(); });
  server.run();
  // What a handler had begun there uses the frames of this server.
  pool.join();
  return Exit::done;
}

}  // namespace signpost::app
