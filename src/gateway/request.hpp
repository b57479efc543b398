#pragma once

#include <boost/container/static_vector.hpp>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/digest.hpp"
#include "base/limits.hpp"
#include "domain/catalog.hpp"
#include "domain/principal.hpp"
#include "domain/ticket.hpp"
#include "gateway/app_callback.hpp"
#include "gateway/app_forward.hpp"
#include "gateway/issuer_keys.hpp"
#include "gateway/metrics.hpp"
#include "gateway/new_holders.hpp"
#include "gateway/options.hpp"
#include "gateway/origins.hpp"
#include "gateway/passwords.hpp"
#include "gateway/rate_limiter.hpp"
#include "gateway/sign_in_limits.hpp"
#include "gateway/token_cache.hpp"
#include "http/problem.hpp"
#include "http/query.hpp"
#include "log/line_file.hpp"
#include "net/blocking_pool.hpp"
#include "net/exchange.hpp"
#include "net/http_client.hpp"
#include "s3client/s3_client.hpp"

namespace signpost::gateway {

// What every worker uses. Immutable, or safe to use from any thread.
struct Shared {
  Options options;
  Origins origins;
  domain::Catalog& catalog;
  net::BlockingPool& pool;
  Clock clock;
  PasswordChecker passwords;
  HmacSha256Key cursor_key;
  domain::TicketKey ticket_key;
  std::string session_cookie;  // its name
  SignInLimits sign_in_limits;
  std::unique_ptr<RateLimiter> request_limit;        // null: none
  std::vector<std::unique_ptr<IssuerKeys>> issuers;  // of options.issuers, in that order
  Metrics metrics{};
  NewHolders new_holders{};
  std::unique_ptr<log::LineFile> access_log;  // null: none
};

// What this worker last found out about what the gateway needs, so that a flood of health checks
// does not become one of calls to the store.
struct Readiness {
  UnixSeconds checked_at{};
  bool store = false;
  bool catalog = false;
  bool being_checked = false;
};

// One worker's own. Its HTTP client is referred to, so it stays where it is.
struct Services {
  Services(Shared& all, net::asio::io_context& context, const s3client::S3Endpoint& endpoint,
           const credentials::Current& credentials)
      : shared(all),
        http(context),
        store(http, endpoint, credentials, all.clock),
        callback(http, all.options.callback) {
    for (const ForwardOptions& options : all.options.forwards) forwards.emplace_back(http, options);
  }

  Shared& shared;
  net::HttpClient http;
  s3client::S3Client store;
  AppCallback callback;
  std::vector<AppForward> forwards;
  TokenCache tokens{limits::verified_tokens};
  std::shared_ptr<WorkerMetrics> metrics;  // null for what answers no requests
  Readiness readiness;
  KnownHolders known_holders;  // of whom new_holders was told
};

struct Route;

// The values of a pattern's {names}, percent-decoded.
struct PathParameters {
  static constexpr std::size_t most = 2;
  boost::container::static_vector<std::pair<std::string_view, std::string>, most> values;
  // "" where the pattern has no such name.
  std::string_view get(std::string_view name) const;
};

// One request on its way through a handler.
struct Request {
  net::Exchange& exchange;
  Services& services;
  const Route& route;
  PathParameters path;
  http::Query query;
  UnixSeconds now;
  std::string principal;  // who asks, for the access log; "" where there is none, or nobody
  std::unique_ptr<std::string> body;  // null until read_json_text() has it
  bool waited = false;                // it did for that body: what was found before may be no more

  const net::RequestHead& head() const { return exchange.head(); }
  Shared& shared() { return services.shared; }
};

struct Sent {};  // the handler has answered by itself
using Answer = std::variant<net::Response, Sent>;
using Outcome = std::expected<Answer, http::Problem>;

// Adds what stands on every answer of the API, unless the handler chose otherwise: nosniff, no
// Referer, CORS, and no-store unless the route leaves caching to its handler.
void add_base_headers(Request& request, net::Headers& headers);
// 200 with that JSON, or another status.
net::Response json_response(std::string json, unsigned status = 200);

}  // namespace signpost::gateway
