#include "app/serve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>

#include "app/addresses.hpp"
#include "app/config_checks.hpp"
#include "app/config_sources.hpp"
#include "app/data_folder.hpp"
#include "app/first_start.hpp"
#include "app/gateway_options.hpp"
#include "app/print.hpp"
#include "app/process.hpp"
#include "app/store_credentials.hpp"
#include "app/store_process.hpp"
#include "app/supervisor.hpp"
#include "base/limits.hpp"
#include "base/percent.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"
#include "credentials/environment.hpp"
#include "log/line_file.hpp"
#include "net/server.hpp"

namespace signpost::app {
namespace {

// What no JSON text of the API may hold.
bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// The gateway writes it. Held here as well, because whoever reads a pipe takes the last writer's
// close for its end, and a gateway that died is started again.
storage::Fd hold_access_log(const Config& config, const std::filesystem::path& directory) {
  const std::filesystem::path file = config.log.access;
  if (file.empty() || file == "-") return {};
  try {
    return storage::Fd(log::open_line_file(directory / file));
  } catch (const std::system_error& error) {
    throw UsageError(fmt::format("log.access: {}", error.what()));
  }
}

// Files that the configuration names, looked at before anything starts.
void check_files(const Config& config, const std::filesystem::path& directory) {
  try {
    if (config.store.kind == StoreKind::s3 && config.store.access_key_id.empty()) {
      load_store_credentials();
    }
    token_issuers(config, directory);
    if (!config.server.tls_certificate.empty()) {
      net::load_tls(directory / config.server.tls_certificate, directory / config.server.tls_key);
    }
  } catch (const std::runtime_error& error) {
    throw UsageError(error.what());
  }
}

std::optional<Secret> given_admin_password(const Config& config) {
  const auto text = credentials::process_environment()("SIGNPOST_ADMIN_PASSWORD");
  if (!text) return std::nullopt;
  if (text->size() > limits::password_bytes) {
    throw UsageError(
        fmt::format("SIGNPOST_ADMIN_PASSWORD is longer than {} bytes", limits::password_bytes));
  }
  if (!is_utf8(*text) || std::ranges::any_of(*text, is_control)) {
    throw UsageError(
        "SIGNPOST_ADMIN_PASSWORD holds a control character or is not UTF-8: nobody could sign in");
  }
  if (!is_loopback(config.server.listen) && is_known_secret(*text)) {
    throw UsageError("SIGNPOST_ADMIN_PASSWORD is a well-known default that protects nothing");
  }
  if (!is_loopback(config.server.listen) && text->size() < limits::password_bytes_least) {
    throw UsageError(
        fmt::format("SIGNPOST_ADMIN_PASSWORD is shorter than {} bytes, which others "
                    "who reach this address could guess",
                    limits::password_bytes_least));
  }
  return Secret(*text);
}

// In a scope of its own: the catalog's threads are gone before the first process is made.
std::optional<FirstAdmin> prepare_catalog(const Config& config, const DataFolder& folder) {
  const auto password = given_admin_password(config);
  catalog_sqlite::SqliteCatalog catalog(folder.file(catalog_file_name(config)));
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return make_admin(catalog, password, now);
}

struct Listeners {
  std::vector<int> gateway;
  std::vector<int> store;
};

// Ports are taken here, once, and real ones take the place of port 0 in the configuration.
Listeners bind(Config& config) {
  const unsigned workers = worker_count(config.server.threads);
  Listeners out;
  out.gateway = net::bind_listeners(config.server.listen, workers);
  config.server.listen = net::local_address(out.gateway.front());
  if (config.store.kind == StoreKind::embedded) {
    out.store = net::bind_listeners(config.store.listen, workers);
    config.store.listen = net::local_address(out.store.front());
  }
  return out;
}

class Children {
 public:
  Children(const ConfigSources& sources, const Config& config, const DataFolder& folder)
      : sources_(sources),
        config_(config),
        folder_(folder),
        config_file_(memory_file(sources.text)) {}

  std::unique_ptr<ChildProcess> make(const std::string& name, const std::vector<int>& listeners) {
    std::vector<std::string> words = {
        name + "-process", fmt::format("--config-fd={}", config_file_.get()),
        "--config-name=" + sources_.file_name, "--config-directory=" + sources_.directory.string(),
        "--data=" + folder_.path()};
    for (const ConfigOption& option : sources_.options) {
      if (option.setting.ends_with(".listen")) continue;
      words.push_back("--set=" + option.setting + "=" + option.value);
    }
    words.push_back("--set=server.listen=" + config_.server.listen);
    if (config_.store.kind == StoreKind::embedded) {
      words.push_back("--set=store.listen=" + config_.store.listen);
    }
    for (const int fd : listeners) words.push_back(fmt::format("--listener={}", fd));
    std::vector<int> inherited = listeners;
    inherited.push_back(config_file_.get());
    inherited.push_back(folder_.lock_descriptor());
    return std::make_unique<ChildProcess>(name, std::move(words), std::move(inherited));
  }

 private:
  const ConfigSources& sources_;
  const Config& config_;
  const DataFolder& folder_;
  storage::Fd config_file_;
};

void print_ready(const ServeOptions& options, const Config& config,
                 const std::optional<FirstAdmin>& admin) {
  if (options.json) {
    boost::json::object line{{"url", page_url(config)}, {"store", store_public_url(config)}};
    if (admin) line["admin_password"] = admin->password.reveal();
    print_line(boost::json::serialize(line));
    return;
  }
  if (admin) {
    print_line(fmt::format("signpost: made the user {}; its password, shown only now: {}",
                           admin_name, admin->password.reveal()));
  }
  print_line("signpost: ready at " + page_url(config));
}

void enter_and_print(const ServeOptions& options, const Config& config,
                     const std::optional<FirstAdmin>& admin, const std::string& file) {
  if (admin) {
    catalog_sqlite::SqliteCatalog catalog(file);
    enter_admin(catalog, admin->user);
  }
  try {
    print_ready(options, config, admin);
  } catch (const std::exception&) {
    // The password that could not be shown opens nothing, and the next start makes another.
    if (admin) catalog_sqlite::SqliteCatalog(file).take_back_user(admin->user);
    throw;
  }
}

}  // namespace

Exit serve(const ServeOptions& options) {
  prepare_process("serve");
  const ConfigSources sources = read_config_sources(options.config_file, options.settings);
  Config config = load_checked_config(sources);
  check_files(config, sources.directory);
  const storage::Fd access_log = hold_access_log(config, sources.directory);
  hold_stop_signals();  // what is begun from here on ends in good order
  DataFolder folder(options.data);
  folder.lock();
  const Listeners listeners = bind(config);
  const bool embedded = config.store.kind == StoreKind::embedded;
  if (embedded) check_root_secret(root_key(folder).credentials, config.store.listen);
  const auto admin = prepare_catalog(config, folder);

  Children children(sources, config, folder);
  std::vector<std::unique_ptr<ChildProcess>> processes;
  if (embedded) processes.push_back(children.make("store", listeners.store));
  processes.push_back(children.make("gateway", listeners.gateway));
  std::vector<int> all = listeners.gateway;
  all.insert(all.end(), listeners.store.begin(), listeners.store.end());
  Supervisor supervisor(std::move(processes), std::move(all));
  return supervisor.run(
      [&] { enter_and_print(options, config, admin, folder.file(catalog_file_name(config))); });
}

}  // namespace signpost::app
