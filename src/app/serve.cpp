#include "app/serve.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <system_error>

#include "app/addresses.hpp"
#include "app/config_checks.hpp"
#include "app/data_folder.hpp"
#include "app/first_start.hpp"
#include "app/gateway_options.hpp"
#include "app/print.hpp"
#include "app/process.hpp"
#include "app/store_credentials.hpp"
#include "app/supervisor.hpp"
#include "base/limits.hpp"
#include "catalog_sqlite/sqlite_catalog.hpp"
#include "credentials/environment.hpp"
#include "log/log.hpp"
#include "net/server.hpp"

namespace signpost::app {
namespace {

constexpr std::size_t config_bytes = 1024 * 1024;

ConfigSources read_sources(const ServeOptions& options) {
  ConfigSources sources;
  sources.environment = configuration_environment();
  sources.options = options.settings;
  sources.directory = std::filesystem::current_path();
  if (options.config_file.empty()) return sources;
  const storage::Fd file(::open(options.config_file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat found{};
  if (!file.is_open() || ::fstat(file.get(), &found) != 0) {
    throw UsageError(fmt::format("--config {}: {}", options.config_file,
                                 std::generic_category().message(errno)));
  }
  if (!S_ISREG(found.st_mode) || found.st_size > static_cast<off_t>(config_bytes)) {
    throw UsageError(fmt::format("--config {}: is no configuration file", options.config_file));
  }
  sources.file_name = options.config_file;
  sources.text = read_whole(file.get());
  sources.directory = std::filesystem::absolute(options.config_file).parent_path();
  return sources;
}

Config load(const ConfigSources& sources) {
  auto config = load_config(sources);
  if (config) {
    for (const std::string& warning : config->warnings) log::warn("{}", warning);
    return *std::move(config);
  }
  std::string text;
  for (const ConfigError& error : config.error()) {
    if (!text.empty()) text += '\n';
    text += error.text();
  }
  throw UsageError(text);
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
  if (!is_loopback(config.server.listen) && is_known_secret(*text)) {
    throw UsageError("SIGNPOST_ADMIN_PASSWORD is a well-known default that protects nothing");
  }
  return Secret(*text);
}

// In a scope of its own: the catalog's threads are gone before the first process is made.
std::optional<Secret> prepare_catalog(const Config& config, const DataFolder& folder) {
  const auto password = given_admin_password(config);
  const std::string name = config.catalog.url.substr(std::string_view("sqlite:").size());
  catalog_sqlite::SqliteCatalog catalog(folder.file(name));
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
                 const std::optional<Secret>& new_password) {
  if (options.json) {
    boost::json::object line{{"url", page_url(config)}, {"store", store_public_url(config)}};
    if (new_password) line["admin_password"] = new_password->reveal();
    print_line(boost::json::serialize(line));
    return;
  }
  print_line("signpost: ready at " + page_url(config));
}

}  // namespace

Exit serve(const ServeOptions& options) {
  prepare_process("serve");
  const ConfigSources sources = read_sources(options);
  Config config = load(sources);
  check_files(config, sources.directory);
  DataFolder folder(options.data);
  folder.lock();
  const Listeners listeners = bind(config);
  const auto new_password = prepare_catalog(config, folder);
  if (new_password && !options.json) {
    print_line(fmt::format("signpost: made the user {}; its password, shown only now: {}",
                           admin_name, new_password->reveal()));
  }

  Children children(sources, config, folder);
  std::vector<std::unique_ptr<ChildProcess>> processes;
  if (config.store.kind == StoreKind::embedded) {
    root_key(folder);
    processes.push_back(children.make("store", listeners.store));
  }
  processes.push_back(children.make("gateway", listeners.gateway));
  std::vector<int> all = listeners.gateway;
  all.insert(all.end(), listeners.store.begin(), listeners.store.end());
  Supervisor supervisor(std::move(processes), std::move(all));
  return supervisor.run([&] { print_ready(options, config, new_password); });
}

}  // namespace signpost::app
