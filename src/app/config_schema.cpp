#include "app/config_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

namespace signpost::app {
namespace {

using namespace std::chrono_literals;

template <auto Group, auto Member>
auto& at(Config& config, std::size_t) {
  return config.*Group.*Member;
}
template <auto Member>
auto& jwt(Config& config, std::size_t index) {
  return config.jwt.at(index).*Member;
}
template <auto Member>
auto& rule(Config& config, std::size_t index) {
  return config.rules.at(index).*Member;
}
template <auto Member>
auto& forward(Config& config, std::size_t index) {
  return config.forward.at(index).*Member;
}

constexpr auto server = &Config::server;
constexpr auto log = &Config::log;
constexpr auto metrics = &Config::metrics;
constexpr auto store = &Config::store;
constexpr auto catalog = &Config::catalog;
constexpr auto delivery = &Config::delivery;
constexpr auto callback = &Config::callback;
constexpr auto uploads = &Config::uploads;
constexpr auto limits = &Config::limits;

constexpr std::array<std::string_view, 2> store_kinds = {"embedded", "s3"};
constexpr std::array<std::string_view, 2> delivery_modes = {"redirect", "proxy"};

void choose_store(Config& config, std::size_t word) {
  config.store.kind = word == 0 ? StoreKind::embedded : StoreKind::s3;
}
void choose_delivery(Config& config, std::size_t word) {
  config.delivery.mode = word == 0 ? domain::Delivery::redirect : domain::Delivery::proxy;
}
void make_jwt(Config& config) {
  config.jwt.emplace_back();
}
std::size_t count_jwt(const Config& config) {
  return config.jwt.size();
}

void make_rule(Config& config) {
  config.rules.emplace_back();
}
std::size_t count_rules(const Config& config) {
  return config.rules.size();
}
void make_forward(Config& config) {
  config.forward.emplace_back();
}
std::size_t count_forward(const Config& config) {
  return config.forward.size();
}

constexpr std::uint64_t largest_object = 5ull << 40;
constexpr std::uint64_t largest_cache = 64ull << 30;
constexpr LaterSetting later_without_default{""};

const std::array settings = {
    Setting{"server", Section{}},
    Setting{"server.listen", TextSetting{&at<server, &ServerConfig::listen>, &check_listen}},
    Setting{"server.public_url",
            TextSetting{&at<server, &ServerConfig::public_url>, &check_origin}},
    Setting{"server.allowed_origins",
            ListSetting{&at<server, &ServerConfig::allowed_origins>, &check_origin}},
    Setting{"server.trusted_proxies",
            ListSetting{&at<server, &ServerConfig::trusted_proxies>, &check_address_range}},
    Setting{"server.tls_certificate",
            TextSetting{&at<server, &ServerConfig::tls_certificate>, &not_empty}},
    Setting{"server.tls_key", TextSetting{&at<server, &ServerConfig::tls_key>, &not_empty}},
    Setting{"server.threads", IntegerSetting{&at<server, &ServerConfig::threads>, 0, 256}},

    Setting{"store", Section{}},
    Setting{"store.kind", ChoiceSetting{&choose_store, store_kinds}},
    Setting{"store.listen", TextSetting{&at<store, &StoreConfig::listen>, &check_listen}},
    Setting{"store.public_endpoint",
            TextSetting{&at<store, &StoreConfig::public_endpoint>, &check_origin}},
    Setting{"store.domain", TextSetting{&at<store, &StoreConfig::domain>, &check_domain}},
    Setting{"store.endpoint", TextSetting{&at<store, &StoreConfig::endpoint>, &check_origin}},
    Setting{"store.region", TextSetting{&at<store, &StoreConfig::region>, &check_region}},
    Setting{"store.bucket", TextSetting{&at<store, &StoreConfig::bucket>, &check_bucket}},
    Setting{"store.path_style", SwitchSetting{&at<store, &StoreConfig::path_style>}},
    Setting{"store.access_key_id",
            TextSetting{&at<store, &StoreConfig::access_key_id>, &not_empty}},
    Setting{"store.secret_access_key", SecretSetting{&at<store, &StoreConfig::secret_access_key>}},
    Setting{"store.ticket_parameter", SwitchSetting{&at<store, &StoreConfig::ticket_parameter>}},

    Setting{"catalog", Section{}},
    Setting{"catalog.url", TextSetting{&at<catalog, &CatalogConfig::url>, &check_catalog_url}},
    Setting{"catalog.cache", SizeSetting{&at<catalog, &CatalogConfig::cache>, 0, largest_cache}},

    Setting{"delivery", Section{}},
    Setting{"delivery.mode", ChoiceSetting{&choose_delivery, delivery_modes}},
    Setting{"delivery.allow_override",
            SwitchSetting{&at<delivery, &DeliveryConfig::allow_override>}},
    Setting{"delivery.expires_in",
            DurationSetting{&at<delivery, &DeliveryConfig::expires_in>, 1s, 168h}},
    Setting{"delivery.max_expires_in",
            DurationSetting{&at<delivery, &DeliveryConfig::max_expires_in>, 1s, 168h}},
    Setting{"delivery.stable_window",
            DurationSetting{&at<delivery, &DeliveryConfig::stable_window>, 0s, 24h}},
    Setting{"delivery.inline_types",
            ListSetting{&at<delivery, &DeliveryConfig::inline_types>, &check_media_range}},

    Setting{"auth", Section{}},
    Setting{"auth.jwt", SectionList{&make_jwt, &count_jwt}},
    Setting{"auth.jwt[].name", TextSetting{&jwt<&JwtConfig::name>, &check_issuer_name}},
    Setting{"auth.jwt[].issuer", TextSetting{&jwt<&JwtConfig::issuer>, &not_empty}},
    Setting{"auth.jwt[].audience", TextSetting{&jwt<&JwtConfig::audience>, &not_empty}},
    Setting{"auth.jwt[].algorithms", ListSetting{&jwt<&JwtConfig::algorithms>, &check_algorithm}},
    Setting{"auth.jwt[].jwks_url", TextSetting{&jwt<&JwtConfig::jwks_url>, &check_http_url}},
    Setting{"auth.jwt[].jwks_file", TextSetting{&jwt<&JwtConfig::jwks_file>, &not_empty}},
    Setting{"auth.jwt[].secret", SecretSetting{&jwt<&JwtConfig::secret>}},
    Setting{"auth.jwt[].cookie", TextSetting{&jwt<&JwtConfig::cookie>, &check_cookie_name}},
    Setting{"auth.jwt[].subject_claim", TextSetting{&jwt<&JwtConfig::subject_claim>, &not_empty}},
    Setting{"auth.jwt[].groups_claim", TextSetting{&jwt<&JwtConfig::groups_claim>, &not_empty}},
    Setting{"auth.jwt[].admin_groups", ListSetting{&jwt<&JwtConfig::admin_groups>, &not_empty}},
    Setting{"auth.forward", SectionList{&make_forward, &count_forward}},
    Setting{"auth.forward[].name", TextSetting{&forward<&ForwardConfig::name>, &check_issuer_name}},
    Setting{"auth.forward[].url", TextSetting{&forward<&ForwardConfig::url>, &check_http_url}},
    Setting{"auth.forward[].request_headers",
            ListSetting{&forward<&ForwardConfig::request_headers>, &check_forwarded_field}},
    Setting{"auth.forward[].principal_header",
            TextSetting{&forward<&ForwardConfig::principal_header>, &check_field_name}},
    Setting{"auth.forward[].groups_header",
            TextSetting{&forward<&ForwardConfig::groups_header>, &check_field_name}},
    Setting{"auth.forward[].cache", DurationSetting{&forward<&ForwardConfig::cache>, 0s, 1h}},
    Setting{"auth.callback", Section{}},
    Setting{"auth.callback.url", TextSetting{&at<callback, &CallbackConfig::url>, &check_http_url}},
    Setting{"auth.callback.cache", DurationSetting{&at<callback, &CallbackConfig::cache>, 0s, 24h}},

    Setting{"rules", SectionList{&make_rule, &count_rules}},
    Setting{"rules[].prefix", TextSetting{&rule<&RuleConfig::prefix>, &check_rule_prefix}},
    Setting{"rules[].issuer", TextSetting{&rule<&RuleConfig::issuer>, &not_empty}},
    Setting{"rules[].allow", ListSetting{&rule<&RuleConfig::allow>, &check_rule_right}},

    Setting{"uploads", Section{}},
    Setting{"uploads.multipart_above", LaterSetting{"\"64MiB\""}},
    Setting{"uploads.part_size", LaterSetting{"\"16MiB\""}},
    Setting{"uploads.keep", DurationSetting{&at<uploads, &UploadsConfig::keep>, 1s, 8760h}},
    Setting{"uploads.max_file_size",
            SizeSetting{&at<uploads, &UploadsConfig::max_file_size>, 1, largest_object}},
    Setting{"uploads.quota", LaterSetting{"\"0\""}},

    Setting{"images", Section{}},
    Setting{"images.widths", LaterSetting{"[64, 160, 320, 640, 1280, 2560]"}},
    Setting{"images.max_pixels", LaterSetting{"100_000_000"}},
    Setting{"images.workers", LaterSetting{"1"}},

    Setting{"webhooks", later_without_default},

    Setting{"limits", Section{}},
    Setting{"limits.requests_per_second",
            IntegerSetting{&at<limits, &LimitsConfig::requests_per_second>, 0, 1'000'000}},

    Setting{"log", Section{}},
    Setting{"log.access", TextSetting{&at<log, &LogConfig::access>, &not_empty}},
    Setting{"metrics", Section{}},
    Setting{"metrics.allowed_addresses",
            ListSetting{&at<metrics, &MetricsConfig::allowed_addresses>, &check_address_range}},
};

// How many single letters have to be inserted, removed, replaced or exchanged with their neighbour
// (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(above.begin(), above.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before = std::exchange(above, row);
  }
  return above[b.size()];
}

// "auth.jwt[].issuer" -> {"auth.jwt[]", "issuer"}
std::pair<std::string_view, std::string_view> split(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return {"", path};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

}  // namespace

std::span<const Setting> all_settings() {
  return settings;
}

const Setting* find_setting(std::string_view path) {
  const auto found = std::ranges::find(settings, path, &Setting::path);
  return found == settings.end() ? nullptr : &*found;
}

std::string suggestion_for(std::string_view path) {
  if (path.size() > 256) return "";
  const auto [parent, name] = split(path);
  std::size_t best = std::max<std::size_t>(2, name.size() / 3) + 1;
  std::string_view meant;
  for (const Setting& setting : settings) {
    const auto [other_parent, other_name] = split(setting.path);
    if (other_parent != parent) continue;
    const std::size_t d = distance(name, other_name);
    if (d > 0 && d < best && d < name.size()) {
      best = d;
      meant = other_name;
    }
  }
  if (!meant.empty()) return fmt::format("; did you mean \"{}\"?", meant);
  for (const Setting& setting : settings) {
    const auto [other_parent, other_name] = split(setting.path);
    if (other_name == name && !other_parent.empty() && other_parent != parent) {
      return fmt::format("; did you mean \"{}\" in [{}]?", name,
                         other_parent.substr(0, other_parent.find("[]")));
    }
  }
  return "";
}

}  // namespace signpost::app
