#include "app/config_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/config_checks.hpp"
#include "domain/principal.hpp"
#include "net/http_url.hpp"

namespace signpost::app {
namespace {

constexpr std::size_t least_hs256_secret_bytes = 32;  // RFC 7518 section 3.2

class Rules {
 public:
  Rules(Config& config, const WhereOf& where_of) : config_(config), where_of_(where_of) {}

  std::vector<ConfigError> check() {
    normalise(config_.server.public_url);
    normalise(config_.store.public_endpoint);
    normalise(config_.store.endpoint);
    for (std::string& origin : config_.server.allowed_origins) normalise(origin);
    check_server();
    check_exposure();
    check_store();
    check_delivery();
    for (std::size_t i = 0; i < config_.jwt.size(); ++i) check_jwt(i);
    check_jwt_names();
    check_forwards();
    check_callback();
    for (std::size_t i = 0; i < config_.rules.size(); ++i) check_rule(i);
    return std::move(errors_);
  }

 private:
  void fail(std::string setting, std::string reason) {
    std::string where = where_of_(setting);
    errors_.push_back({std::move(where), std::move(setting), std::move(reason)});
  }

  // As a browser writes an origin: lower case, no slash, no port where it is the scheme's own.
  static void normalise(std::string& url) {
    if (const auto origin = net::Origin::parse(url)) {
      url = (origin->tls ? "https://" : "http://") + origin->authority();
    }
  }

  void check_server() {
    const ServerConfig& server = config_.server;
    if (server.tls_certificate.empty() != server.tls_key.empty()) {
      fail(server.tls_key.empty() ? "server.tls_key" : "server.tls_certificate",
           "tls_certificate and tls_key are only of use together");
    }
    if (!server.public_url.empty() && server.public_url == config_.store.public_endpoint) {
      fail("store.public_endpoint",
           "is the same as server.public_url; files need a host of their own, so that what users "
           "upload shares no cookie and no origin with the page");
      return;
    }
    // A cookie is a host's, whatever the port (RFC 6265 section 8.5).
    const auto page = net::Origin::parse(server.public_url);
    const auto files = net::Origin::parse(config_.store.public_endpoint);
    if (page && files && page->host == files->host) {
      config_.warnings.push_back(
          "store.public_endpoint is another port of server.public_url's host: browsers send the "
          "page's cookies there too; give files a host of their own");
    }
  }

  // What others can reach has to know its own name: links and signatures are never made from a
  // request's Host.
  void check_exposure() {
    const bool embedded = config_.store.kind == StoreKind::embedded;
    const bool exposed =
        !is_loopback(config_.server.listen) || (embedded && !is_loopback(config_.store.listen));
    if (!exposed) return;
    const std::string why = "is needed, because a listen address is not loopback";
    if (config_.server.public_url.empty()) {
      fail("server.public_url", why + ": what clients see, such as https://files.example.com");
    }
    if (embedded && config_.store.public_endpoint.empty()) {
      fail("store.public_endpoint",
           why + ": the host in pre-signed URLs, such as https://content.example.com");
    }
  }

  void check_store() {
    const StoreConfig& store = config_.store;
    const bool keyed = !store.access_key_id.empty() || !store.secret_access_key.empty();
    if (store.kind == StoreKind::embedded) {
      if (keyed) {
        fail("store.access_key_id",
             "the embedded store makes its own access keys; these two are for kind = \"s3\"");
      }
      if (!store.endpoint.empty()) {
        fail("store.endpoint", "is for kind = \"s3\"; the embedded store listens at store.listen");
      }
      return;
    }
    if (store.access_key_id.empty() != store.secret_access_key.empty()) {
      fail(store.access_key_id.empty() ? "store.access_key_id" : "store.secret_access_key",
           "is missing: access_key_id and secret_access_key are only of use together");
    }
    if (!store.domain.empty()) fail("store.domain", "is for kind = \"embedded\"");
    if (is_known_secret(store.secret_access_key.reveal())) {
      const bool exposed = !is_loopback(config_.server.listen);
      const std::string reason = "is a well-known default that protects nothing";
      if (exposed) fail("store.secret_access_key", reason);
      if (!exposed) config_.warnings.push_back("store.secret_access_key " + reason);
    }
    if (store.endpoint.starts_with("http://") && !is_loopback_url(store.endpoint)) {
      config_.warnings.push_back(
          "store.endpoint is plain http: whoever is on the way reads and alters files");
    }
  }

  static bool is_loopback_url(std::string_view url) {
    const auto parsed = net::HttpUrl::parse(url);
    if (!parsed) return false;
    const std::string& host = parsed->origin.host;
    return host == "localhost" || host.starts_with("127.") || host == "::1";
  }

  void check_delivery() {
    const DeliveryConfig& delivery = config_.delivery;
    if (delivery.expires_in > delivery.max_expires_in) {
      fail("delivery.expires_in",
           fmt::format("{}s is more than max_expires_in, {}s", delivery.expires_in.count(),
                       delivery.max_expires_in.count()));
    }
  }

  void check_jwt(std::size_t i) {
    const JwtConfig& issuer = config_.jwt[i];
    const std::string here = fmt::format("auth.jwt[{}]", i);
    if (issuer.name.empty()) fail(here + ".name", "is needed: principals become user:NAME:SUBJECT");
    if (issuer.issuer.empty()) fail(here + ".issuer", "is needed: the token's \"iss\"");
    if (issuer.audience.empty()) {
      fail(here + ".audience", "is needed: a token made for another program must not work here");
    }
    if (issuer.algorithms.empty()) fail(here + ".algorithms", "is needed, such as [\"RS256\"]");
    check_jwt_key(issuer, here);
  }

  void check_jwt_key(const JwtConfig& issuer, const std::string& here) {
    const bool symmetric = std::ranges::count(issuer.algorithms, "HS256") > 0;
    const bool asymmetric = std::ranges::any_of(
        issuer.algorithms, [](const std::string& name) { return name != "HS256"; });
    if (symmetric && asymmetric) {
      fail(here + ".algorithms",
           "HS256 cannot stand beside the others: whoever has the public key could then make "
           "tokens; give each a [[auth.jwt]] of its own");
      return;
    }
    if (symmetric && issuer.secret.empty()) {
      fail(here + ".secret", "is needed for HS256, or secret_file");
    }
    if (symmetric && !issuer.jwks_file.empty()) fail(here + ".jwks_file", "has no use with HS256");
    if (symmetric && !issuer.jwks_url.empty()) fail(here + ".jwks_url", "has no use with HS256");
    if (asymmetric && issuer.jwks_file.empty() && issuer.jwks_url.empty()) {
      fail(here + ".jwks_url", "is needed, where the issuer's JSON Web Key Set is; or jwks_file");
    }
    if (!issuer.jwks_file.empty() && !issuer.jwks_url.empty()) {
      fail(here + ".jwks_file", "cannot stand beside jwks_url: leave one of them out");
    }
    if (issuer.jwks_url.starts_with("http://") && !is_loopback_url(issuer.jwks_url)) {
      config_.warnings.push_back(
          here + ".jwks_url is plain http: whoever is on the way can make tokens of its own");
    }
    if (!symmetric && !issuer.secret.empty()) {
      fail(here + ".secret", "is only of use with algorithms = [\"HS256\"]");
    }
    if (issuer.secret.empty()) return;
    if (is_known_secret(issuer.secret.reveal())) {
      fail(here + ".secret", "is a well-known or trivial one; make one by: openssl rand -hex 32");
    } else if (issuer.secret.reveal().size() < least_hs256_secret_bytes) {
      fail(here + ".secret",
           fmt::format("has {} bytes, and HS256 needs at least {} (RFC 7518 section 3.2); make one "
                       "by: openssl rand -hex 32",
                       issuer.secret.reveal().size(), least_hs256_secret_bytes));
    }
  }

  // A rule that names nobody, nothing or an issuer that there is not would never apply.
  void check_rule(std::size_t i) {
    const RuleConfig& rule = config_.rules[i];
    const std::string here = fmt::format("rules[{}]", i);
    if (rule.prefix.empty()) fail(here + ".prefix", "is missing");
    if (rule.allow.empty()) fail(here + ".allow", "is missing; it is a list of get and put");
    const bool known =
        rule.issuer == domain::local_issuer ||
        std::ranges::find(config_.jwt, rule.issuer, &JwtConfig::name) != config_.jwt.end() ||
        std::ranges::find(config_.forward, rule.issuer, &ForwardConfig::name) !=
            config_.forward.end();
    if (!known) {
      fail(here + ".issuer",
           fmt::format("\"{}\" is no name of an [[auth.jwt]] or [[auth.forward]], nor local",
                       rule.issuer));
    }
  }

  void check_callback() {
    const CallbackConfig& callback = config_.callback;
    if (callback.url.empty() && callback.cache != CallbackConfig().cache) {
      fail("auth.callback.url",
           "is needed: where the app says who may; nobody is asked without it");
    }
  }

  void check_forwards() {
    std::set<std::string> names;
    for (const JwtConfig& issuer : config_.jwt) names.insert(issuer.name);
    for (std::size_t i = 0; i < config_.forward.size(); ++i) {
      const ForwardConfig& app = config_.forward[i];
      const std::string here = fmt::format("auth.forward[{}]", i);
      if (app.name.empty()) fail(here + ".name", "is needed: principals become user:NAME:VALUE");
      if (app.url.empty()) fail(here + ".url", "is needed: where the app says who somebody is");
      if (app.request_headers.empty()) {
        fail(here + ".request_headers",
             "is needed, such as [\"Cookie\"]: what the app is asked with");
      }
      if (app.principal_header.empty()) {
        fail(here + ".principal_header", "is needed: the field of its answer that names the user");
      }
      if (!app.name.empty() && !names.insert(app.name).second) {
        fail(here + ".name", "another issuer or app has this name: their users would be the same");
      }
    }
  }

  void check_jwt_names() {
    std::set<std::string> names;
    std::set<std::pair<std::string, std::string>> issuers;
    for (std::size_t i = 0; i < config_.jwt.size(); ++i) {
      const JwtConfig& issuer = config_.jwt[i];
      const std::string here = fmt::format("auth.jwt[{}]", i);
      if (!issuer.name.empty() && !names.insert(issuer.name).second) {
        fail(here + ".name", "another issuer has this name: their users would be the same");
      }
      if (!issuer.issuer.empty() && !issuers.insert({issuer.issuer, issuer.audience}).second) {
        fail(here + ".issuer", "another [[auth.jwt]] has the same issuer and audience");
      }
    }
  }

  Config& config_;
  const WhereOf& where_of_;
  std::vector<ConfigError> errors_;
};

}  // namespace

std::vector<ConfigError> check_rules(Config& config, const WhereOf& where_of) {
  return Rules(config, where_of).check();
}

}  // namespace signpost::app
