#include "app/store_process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <stop_token>
#include <thread>

#include "app/child.hpp"
#include "app/config_checks.hpp"
#include "app/data_folder.hpp"
#include "app/print.hpp"
#include "app/store_admin.hpp"
#include "base/ascii.hpp"
#include "base/time.hpp"
#include "credentials/environment.hpp"
#include "log/log.hpp"
#include "net/blocking_pool.hpp"
#include "net/local_socket.hpp"
#include "net/server.hpp"
#include "s3server/s3_server.hpp"
#include "storage/store.hpp"
#include "storage/upload_sweep.hpp"

namespace signpost::app {
namespace {

// As many writers can wait for one fsync, and share it.
constexpr unsigned disk_threads = 32;
// Data files that a crash left without an entry; younger ones may be on their way in.
constexpr std::chrono::hours orphan_age{1};
// Of the root access key, where others than this machine's reach the store.
constexpr std::size_t least_secret_bytes = 16;
constexpr std::size_t longest_secret_bytes = 1024;

void collect_orphans(storage::Store& store) {
  try {
    const auto orphans = store.collect_few_orphans(orphan_age);
    if (orphans.removed > 0)
      log::info("{} data files without an object were removed", orphans.removed);
    else if (orphans.found > 0)
      log::error(
          "{} data files have no object, which is more than a crash leaves: is the index an old "
          "one? None is removed; if they may go, stop the store and run `signpost check --repair`",
          orphans.found);
  } catch (const std::exception& error) {
    log::error("data files without an object could not be removed: {}", error.what());
  }
}

void wait(const std::stop_token& stop, std::chrono::milliseconds length) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, length, [] { return false; });
}

// What was fetched with tickets: a kill loses no more than what this waits. At the stop it keeps
// what is left.
constexpr std::chrono::seconds keep_counts_every{1};

void keep_counts(storage::Store& store, const std::stop_token& stop) {
  bool in_trouble = false;  // told of once, not every second
  for (bool last = false; !last;) {
    wait(stop, keep_counts_every);
    last = stop.stop_requested();
    try {
      store.keep_fetch_counts();
      in_trouble = false;
    } catch (const std::exception& error) {
      if (!in_trouble) log::error("what was fetched could not be kept yet: {}", error.what());
      in_trouble = true;
    }
  }
}

// Slow, so that uploads hardly notice.
constexpr std::chrono::seconds look_for_room_every{5};
constexpr std::chrono::milliseconds give_room_every{25};

void give_back_room(storage::Store& store, const std::stop_token& stop) {
  bool in_trouble = false;
  while (!stop.stop_requested()) {
    bool more = false;
    try {
      more = store.give_back_room();
      in_trouble = false;
    } catch (const std::exception& error) {
      if (!in_trouble) log::warn("room of deleted objects is not given back yet: {}", error.what());
      in_trouble = true;
    }
    wait(stop, more ? give_room_every : look_for_room_every);
  }
}

void end_idle_uploads(storage::Store& store, std::chrono::seconds keep,
                      const std::stop_token& stop) {
  storage::UploadSweep sweep(store, keep);
  while (!stop.stop_requested()) {
    try {
      const auto round = sweep.run(SweepClocks::now());
      if (round.aborted > 0)
        log::info(
            "{} of {} multipart uploads, on which nobody went on for {} s, were aborted: {} bytes",
            round.aborted, round.open, keep.count(), round.bytes);
    } catch (const std::exception& error) {
      log::error("idle multipart uploads could not be aborted yet: {}", error.what());
    }
    wait(stop, sweep.pause());
  }
}

// What can stand in the credential of a signature, in its header and in a URL.
bool is_of_key_id(char c) {
  return is_alpha(c) || is_digit(c) || std::string_view("-._@:+").contains(c);
}

bool is_printable(char c) {
  return c >= ' ' && c <= '~';
}

sigv4::Credentials wanted_root_key(const credentials::Environment& environment) {
  const auto id = environment("SIGNPOST_STORE_ACCESS_KEY_ID");
  const auto secret = environment("SIGNPOST_STORE_SECRET_ACCESS_KEY");
  if (id.has_value() != secret.has_value()) {
    throw UsageError(
        "SIGNPOST_STORE_ACCESS_KEY_ID and SIGNPOST_STORE_SECRET_ACCESS_KEY are only of use "
        "together");
  }
  if (!id) return {};
  if (id->size() > 128 || !std::ranges::all_of(*id, is_of_key_id))
    throw UsageError(
        "SIGNPOST_STORE_ACCESS_KEY_ID is no access key id: 1 to 128 letters, digits and signs of "
        "-._@:+");
  if (secret->size() > longest_secret_bytes || !std::ranges::all_of(*secret, is_printable))
    throw UsageError(fmt::format(
        "SIGNPOST_STORE_SECRET_ACCESS_KEY is no secret: 1 to {} printable characters of ASCII",
        longest_secret_bytes));
  return {*id, Secret(*secret), Secret()};
}

std::shared_ptr<boost::asio::ssl::context> load_tls(const StoreOptions& options) {
  if (options.tls_certificate.empty()) return nullptr;
  try {
    return net::load_tls(options.tls_certificate, options.tls_key);
  } catch (const std::runtime_error& error) {
    throw UsageError(error.what());
  }
}

// What nobody could say twice: a key that was made just now is shown once.
void print_ready(const StoreOptions& options, const std::string& url, const RootKey& key) {
  const std::string_view secret = key.credentials.secret_access_key.reveal();
  if (options.json) {
    boost::json::object line{{"url", url}, {"access_key_id", key.credentials.access_key_id}};
    if (key.is_generated) line["secret_access_key"] = secret;
    print_line(boost::json::serialize(line));
    return;
  }
  if (key.is_generated) {
    print_line("signpost: the root access key, whose secret is shown only now:");
    print_line("  access_key_id     " + key.credentials.access_key_id);
    print_line("  secret_access_key " + std::string(secret));
  }
  print_line("signpost: store ready at " + url);
}

}  // namespace

void run_store(const StoreService& service, StopSignal& signal,
               const std::function<void()>& when_ready) {
  storage::Store store(service.directory);
  store.put_access_key({service.root_key.access_key_id, service.root_key.secret_access_key,
                        std::string(root_owner)});
  net::BlockingPool pool(disk_threads);
  s3server::S3Server s3(store, pool, {.region = service.region, .domain = service.domain});
  net::Server server(
      net::ServerOptions{
          .listeners = service.listeners, .fallback = s3.fallback(), .tls = service.tls},
      [&s3](net::Worker worker) { return s3.handler(worker); });
  signal.on_signal([&server] { server.stop(); });
  const net::LocalServer admin(service.data, admin_socket_name, [&](std::string_view line) {
    return answer_admin(store, service.root_key, line);
  });
  const std::jthread sweep([&store] { collect_orphans(store); });
  const std::jthread idle_uploads(
      [&](const std::stop_token& stop) { end_idle_uploads(store, service.keep_uploads, stop); });
  const std::jthread room([&store](const std::stop_token& stop) { give_back_room(store, stop); });
  std::jthread counter([&store](const std::stop_token& stop) { keep_counts(store, stop); });
  when_ready();
  server.run();
  pool.join();
  counter.request_stop();
}

void check_root_secret(const sigv4::Credentials& key, const std::string& listen) {
  const std::string_view secret = key.secret_access_key.reveal();
  if (is_loopback(listen) || (secret.size() >= least_secret_bytes && !is_known_secret(secret)))
    return;
  throw UsageError(fmt::format(
      "the secret of the root access key {}, once SIGNPOST_STORE_SECRET_ACCESS_KEY, is a "
      "well-known default or shorter than {} bytes, which protects nothing from a network; make "
      "one by: openssl rand -hex 32",
      key.access_key_id, least_secret_bytes));
}

Exit run_store_process(const ChildOptions& options) {
  prepare_process("store");
  StopSignal signal({SIGTERM});
  const Config config = load_child_config(options);
  DataFolder folder(options.data);
  const StoreService service{.directory = folder.store_directory(),
                             .data = folder.path(),
                             .root_key = root_key(folder).credentials,
                             .region = config.store.region,
                             .domain = config.store.domain,
                             .listeners = options.listeners,
                             .keep_uploads = config.uploads.keep};
  run_store(service, signal, [&] { report_ready(options.ready_fd); });
  return Exit::done;
}

Exit run_store_command(const StoreOptions& options) {
  prepare_process("store");
  StopSignal signal(stop_signals());
  if (const Reason reason = check_listen(options.listen)) throw UsageError("--listen: " + *reason);
  const auto keep_uploads = parse_duration(options.keep_uploads);
  if (!keep_uploads || *keep_uploads < std::chrono::seconds{1})
    throw UsageError("--keep-uploads: not a time of one second or more, such as 12h or 7d");
  if (const Reason reason = check_region(options.region)) throw UsageError("--region: " + *reason);
  if (const Reason reason = check_domain(options.domain)) throw UsageError("--domain: " + *reason);
  const sigv4::Credentials wanted = wanted_root_key(credentials::process_environment());
  if (!wanted.access_key_id.empty()) check_root_secret(wanted, options.listen);
  const auto tls = load_tls(options);
  DataFolder folder(options.data);
  folder.lock();
  const std::vector<int> listeners = net::bind_listeners(options.listen, worker_count(0));
  const RootKey key = root_key(folder, wanted);
  check_root_secret(key.credentials, options.listen);
  const std::string url = (tls ? "https://" : "http://") + net::local_address(listeners.front());
  const StoreService service{.directory = folder.store_directory(),
                             .data = folder.path(),
                             .root_key = key.credentials,
                             .region = options.region,
                             .domain = options.domain,
                             .listeners = listeners,
                             .keep_uploads = *keep_uploads,
                             .tls = tls};
  run_store(service, signal, [&] { print_ready(options, url, key); });
  return Exit::done;
}

}  // namespace signpost::app
