#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.hpp"
#include "domain/delivery.hpp"

namespace signpost::app {

// The configuration, checked: what every value of docs/signpost.example.toml became. The table of
// all settings, their types and bounds is config_schema.cpp.

struct ServerConfig {
  std::string listen = "127.0.0.1:8080";
  std::string public_url;                    // an origin, or empty: http://localhost:PORT
  std::vector<std::string> allowed_origins;  // origins as a browser sends them
  std::vector<std::string> trusted_proxies;  // addresses or ranges of them
  std::string tls_certificate;               // names of PEM files; both or none
  std::string tls_key;
  std::int64_t threads = 0;  // 0: one for each core
};

enum class StoreKind { embedded, s3 };

struct StoreConfig {
  StoreKind kind = StoreKind::embedded;
  std::string listen = "127.0.0.1:9000";  // embedded
  std::string public_endpoint;  // what goes into URLs; empty: that of `listen`, or `endpoint`
  std::string domain;    // embedded: base of virtual-host style names; empty: path style alone
  std::string endpoint;  // s3; empty: Amazon's of that region
  std::string region = "us-east-1";
  std::string bucket = "signpost";
  bool ticket_parameter = true;  // x-signpost-ticket in URLs
  bool path_style = false;       // s3; the embedded store is always called so
  std::string access_key_id;     // s3; empty: as AWS tools find them
  Secret secret_access_key;
};

struct CatalogConfig {
  std::string url = "sqlite:signpost.db";  // a relative name is one in the data folder
  std::uint64_t cache = 64 << 20;          // bytes of rows kept in memory, over all workers
};

struct DeliveryConfig {
  domain::Delivery mode = domain::Delivery::redirect;
  bool allow_override = true;
  std::chrono::seconds expires_in{180};
  std::chrono::seconds max_expires_in{43200};
  std::chrono::seconds stable_window{60};
  std::vector<std::string> inline_types = {"image/*", "video/*", "audio/*", "text/plain",
                                           "application/pdf"};
};

struct JwtConfig {
  std::string name;
  std::string issuer;
  std::string audience;
  std::vector<std::string> algorithms;
  std::string jwks_url;   // one of it, `jwks_file` and `secret`
  std::string jwks_file;  // a name
  Secret secret;          // HS256
  std::string cookie;     // empty: the token comes in Authorization alone
  std::string subject_claim = "sub";
  std::string groups_claim = "groups";
  std::vector<std::string> admin_groups;
};

struct ForwardConfig {
  std::string name;
  std::string url;
  std::vector<std::string> request_headers;
  std::string principal_header;
  std::string groups_header;  // empty: no groups
  std::chrono::seconds cache{10};
};

struct CallbackConfig {
  std::string url;  // empty: no app is asked
  std::chrono::seconds cache{10};
};

struct LimitsConfig {
  std::int64_t requests_per_second = 0;  // 0: no limit
};

struct LogConfig {
  std::string access;  // a file, or "-" for standard error; empty: no access log
};

struct MetricsConfig {
  std::vector<std::string> allowed_addresses = {"127.0.0.0/8", "::1/128"};
};

struct RuleConfig {
  std::string prefix;
  std::string issuer;
  std::vector<std::string> allow;  // "get", "put"
};

struct UploadsConfig {
  std::chrono::seconds keep{86400};          // of what nobody goes on with
  std::uint64_t max_file_size = 5ull << 40;  // bytes
};

struct Config {
  ServerConfig server;
  StoreConfig store;
  CatalogConfig catalog;
  DeliveryConfig delivery;
  std::vector<JwtConfig> jwt;
  std::vector<ForwardConfig> forward;
  CallbackConfig callback;
  std::vector<RuleConfig> rules;
  UploadsConfig uploads;
  LimitsConfig limits;
  LogConfig log;
  MetricsConfig metrics;
  // What is allowed but unwise, for the log.
  std::vector<std::string> warnings;
};

// Something that stops the start. text() is one line.
struct ConfigError {
  std::string where;    // "signpost.toml:12", "SIGNPOST__SERVER__LISTEN", "--listen"
  std::string setting;  // "server.listen", empty where the file is no TOML
  std::string reason;
  std::string text() const;
};

// A command line option that stands for a setting and wins over file and environment.
struct ConfigOption {
  std::string setting;  // "server.listen"
  std::string option;   // "--listen"
  std::string value;
};

struct ConfigSources {
  std::string file_name;            // for messages; empty where there is no file
  std::string text;                 // TOML
  std::filesystem::path directory;  // against which names of files are resolved
  std::vector<std::pair<std::string, std::string>> environment;  // those named SIGNPOST__...
  std::vector<ConfigOption> options;
};

// Reads all sources in that order, a later one winning, and checks every value and then the whole.
// All errors are collected. Reads the files that *_file settings name.
std::expected<Config, std::vector<ConfigError>> load_config(const ConfigSources& sources);

// The catalog's file; a relative name is one in DATA.
std::string catalog_file_name(const Config& config);

}  // namespace signpost::app
