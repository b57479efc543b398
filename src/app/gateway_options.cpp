#include "app/gateway_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "app/addresses.hpp"
#include "app/process.hpp"

namespace signpost::app {
namespace {

constexpr std::size_t jwks_bytes = 1024 * 1024;

jwt::KeySet read_keys(const JwtConfig& issuer, const std::filesystem::path& directory) {
  if (!issuer.secret.empty()) {
    auto key = jwt::Key::hs256(issuer.secret);
    if (key) return jwt::KeySet({*std::move(key)});
    throw std::runtime_error(
        fmt::format("auth.jwt \"{}\": secret: {}", issuer.name, jwt::explain(key.error())));
  }
  const auto path = directory / issuer.jwks_file;
  const auto text = read_small_file(path, jwks_bytes);
  if (!text || text->empty()) {
    throw std::runtime_error(
        fmt::format("auth.jwt \"{}\": jwks_file: cannot read keys from {}: it must be a file of 1 "
                    "to {} bytes",
                    issuer.name, path.string(), jwks_bytes));
  }
  auto keys = jwt::KeySet::parse_jwks(*text);
  if (keys) return *std::move(keys);
  throw std::runtime_error(fmt::format("auth.jwt \"{}\": jwks_file: {}: {}", issuer.name,
                                       path.string(), jwt::explain(keys.error())));
}

http::WebOrigin web_origin(const std::string& text) {
  auto origin = http::WebOrigin::parse(text);
  if (!origin) throw std::runtime_error(text + " is no origin");
  return *std::move(origin);
}

}  // namespace

std::vector<gateway::TokenIssuer> token_issuers(const Config& config,
                                                const std::filesystem::path& directory) {
  std::vector<gateway::TokenIssuer> out;
  for (const JwtConfig& from : config.jwt) {
    jwt::Issuer issuer;
    issuer.name = from.name;
    issuer.issuer = from.issuer;
    issuer.audience = from.audience;
    for (const std::string& name : from.algorithms) {
      issuer.algorithms.push_back(jwt::parse_algorithm(name).value());
    }
    issuer.subject_claim = from.subject_claim;
    issuer.groups_claim = from.groups_claim;
    if (auto url = net::HttpUrl::parse(from.jwks_url)) {
      gateway::KeysAtUrl keys{.issuer = std::move(issuer), .url = *std::move(url), .times = {}};
      out.push_back({std::move(keys), from.cookie, from.admin_groups});
      continue;
    }
    auto verifier = jwt::Verifier::make(std::move(issuer), read_keys(from, directory));
    if (!verifier) {
      throw std::runtime_error(
          fmt::format("auth.jwt \"{}\": {}", from.name, jwt::explain(verifier.error())));
    }
    out.push_back({*std::move(verifier), from.cookie, from.admin_groups});
  }
  return out;
}

gateway::Options gateway_options(const Config& config, const std::filesystem::path& directory) {
  gateway::Options out;
  if (!config.server.public_url.empty()) out.public_url = web_origin(config.server.public_url);
  out.listen = config.server.listen;
  out.tls = !config.server.tls_certificate.empty();
  for (const std::string& origin : config.server.allowed_origins) {
    out.allowed_origins.push_back(web_origin(origin));
  }
  out.bucket = config.store.bucket;
  out.store_public_url = store_public_url(config);
  out.tickets = config.store.ticket_parameter;
  out.manage_bucket = config.store.kind == StoreKind::embedded;
  out.delivery = {.mode = config.delivery.mode,
                  .allow_override = config.delivery.allow_override,
                  .expires_in = config.delivery.expires_in,
                  .max_expires_in = config.delivery.max_expires_in,
                  .stable_window = config.delivery.stable_window};
  out.inline_types = config.delivery.inline_types;
  out.keep_uploads = config.uploads.keep;
  out.uploads.max_file_size = config.uploads.max_file_size;
  // Of another engine nobody knows yet whether it refuses to overwrite: its uploads go to a staging
  // key and are copied away.
  out.uploads.enforces_if_none_match = config.store.kind == StoreKind::embedded;
  for (const RuleConfig& rule : config.rules) {
    auto allows = [&](std::string_view right) {
      return std::ranges::find(rule.allow, right) != rule.allow.end();
    };
    out.rules.push_back({rule.prefix, rule.issuer, allows("get"), allows("put")});
  }
  out.issuers = token_issuers(config, directory);
  for (const ForwardConfig& app : config.forward)
    out.forwards.push_back({app.name, net::HttpUrl::parse(app.url).value(), app.request_headers,
                            app.principal_header, app.groups_header, app.cache});
  if (auto url = net::HttpUrl::parse(config.callback.url))
    out.callback = gateway::AppCallbackOptions{*std::move(url), config.callback.cache};
  for (const std::string& range : config.metrics.allowed_addresses)
    out.metrics_readers.push_back(net::AddressRange::parse(range).value());
  const std::filesystem::path access_log = config.log.access;
  out.access_log = access_log.empty() || access_log == "-" ? access_log : directory / access_log;
  for (const std::string& range : config.server.trusted_proxies) {
    out.trusted_proxies.push_back(net::AddressRange::parse(range).value());
  }
  out.requests_per_second = static_cast<unsigned>(config.limits.requests_per_second);
  return out;
}

}  // namespace signpost::app
