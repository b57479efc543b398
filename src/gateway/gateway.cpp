#include "gateway/gateway.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/try.hpp"
#include "gateway/access_log.hpp"
#include "gateway/authenticate.hpp"
#include "gateway/client_address.hpp"
#include "gateway/cors.hpp"
#include "gateway/csrf.hpp"
#include "gateway/fetches.hpp"
#include "gateway/housekeeping.hpp"
#include "gateway/observed_exchange.hpp"
#include "gateway/page.hpp"
#include "gateway/problem_response.hpp"
#include "gateway/request_id.hpp"
#include "gateway/routes.hpp"
#include "gateway/withdrawals.hpp"
#include "log/log.hpp"

namespace signpost::gateway {
namespace {

bool is_json(const net::RequestHead& head) {
  auto type = domain::MediaType::parse(head.field("Content-Type").value_or(""));
  return type && type->essence() == "application/json";
}

// What a cookie authenticates must come from a page that may act for the user.
std::expected<void, http::Problem> check_csrf(const Request& request,
                                              const domain::Caller& caller) {
  if (request.route.csrf != Csrf::by_cookie || !domain::is_by_cookie(caller.authentication))
    return {};
  TRYV(check_same_site(request.services.shared.origins, request.head()));
  if (request.route.body == Body::json && request.head().has_body() && !is_json(request.head()))
    return std::unexpected(
        problem(403, "cross_site", "With a cookie, the body must be application/json."));
  return {};
}

std::expected<http::Query, http::Problem> read_query(const net::RequestHead& head) {
  auto query = http::Query::parse(head.query);
  if (!query) return std::unexpected(to_problem(query.error()));
  return *std::move(query);
}

// `[limits] requests_per_second`: by principal, or by address where there is none (that was good).
std::expected<void, http::Problem> check_rate(const Request& request,
                                              const domain::Caller* caller) {
  Shared& shared = request.services.shared;
  if (!shared.request_limit || request.route.host_check == HostCheck::exempt) return {};
  if (request.waited) return {};  // counted when it came
  std::string key =
      caller ? caller->principal.text()
             : counted_as(client_address(request.exchange, shared.options.trusted_proxies));
  auto wait = shared.request_limit->take(key, std::chrono::steady_clock::now());
  if (wait) return std::unexpected(too_many_requests(*wait));
  return {};
}

// What of the caller the route wants: 401, 403.
std::expected<void, http::Problem> check_caller(const Request& request,
                                                const domain::Caller* caller) {
  const Route& route = request.route;
  if (caller == nullptr)
    return route.needs_caller() ? std::unexpected(credential_needed())
                                : std::expected<void, http::Problem>();
  if (route.scope && !caller->scopes.has(*route.scope))
    return std::unexpected(insufficient_scope(*route.scope));
  return check_csrf(request, *caller);
}

using FoundCaller = std::expected<std::optional<domain::Caller>, http::Problem>;

// What stands between who asks and the handler: null where nobody asks. A credential that is bad is
// counted before it is refused.
std::expected<const domain::Caller*, http::Problem> admit(Request& request,
                                                          const FoundCaller& found) {
  const domain::Caller* caller = found && *found ? &**found : nullptr;
  TRYV(check_rate(request, caller));
  if (!found) return std::unexpected(found.error());
  if (caller && request.shared().access_log) request.principal = caller->principal.text();
  TRYV(check_caller(request, caller));
  TRY(request.query, read_query(request.head()));
  return caller;
}

net::Task<Outcome> call_handler(Request& request, const domain::Caller* caller) {
  if (const auto* handler = std::get_if<CallerHandler>(&request.route.handler))
    return (*handler)(request, *caller);
  if (const auto* handler = std::get_if<MaybeCallerHandler>(&request.route.handler))
    return (*handler)(request, caller);
  return std::get<OpenHandler>(request.route.handler)(request);
}

// From the match to the handler: credential, CSRF, query, in this order, so that nobody learns of
// what is asked before saying who asks. What need not wait is in functions of its own: a coroutine
// frame of more than a thousand bytes is not kept for the next one.
net::Task<Outcome> run(Request& request) {
  Services& services = request.services;
  const net::RequestHead& head = request.head();
  if (request.route.csrf == Csrf::sign_in)
    CO_TRYV(check_claimed_origin(services.shared.origins, head));

  // Twice at most: a body can be held back for minutes, and who asks and what they may is judged
  // anew when it has come.
  for (bool again = false;; again = true) {
    FoundCaller found;
    if (request.route.asks_for_caller()) {
      found = known_caller(services, head, request.now);
      if (!*found) found = co_await authenticate(services, head, request.now);
    }
    auto caller = admit(request, found);
    if (!caller) co_return std::unexpected(std::move(caller).error());
    Outcome outcome = co_await call_handler(request, *caller);
    if (again || !request.waited) co_return outcome;
    request.now = services.shared.clock();
  }
}

net::Response problem_answer(const Origins& origins, const net::RequestHead& head,
                             const http::Problem& problem) {
  net::Response response = to_response(problem);
  add_cors(origins, head, response.headers);
  return response;
}

// 404 for an unknown path, 405 for a method that it has not.
net::Response miss_answer(const Origins& origins, const net::RequestHead& head,
                          const RouteMiss& miss) {
  if (miss.allow.empty()) return problem_answer(origins, head, not_found());
  net::Response response = problem_answer(
      origins, head,
      problem(405, "method_not_allowed", fmt::format("This path takes {}.", miss.allow)));
  response.headers.add("Allow", miss.allow);
  return response;
}

bool is_exempt(std::string_view path) {
  return std::ranges::any_of(routes(), [&](const Route& route) {
    return route.pattern == path && route.host_check == HostCheck::exempt;
  });
}

// The route, or the answer where there is none: 421, 404, 405, and what OPTIONS gets.
std::expected<RouteMatch, net::Response> find_route(const Origins& origins,
                                                    const net::RequestHead& head) {
  if (!origins.is_own_host(head.host) && !is_exempt(head.path))
    return std::unexpected(to_response(
        problem(421, "misdirected_request", "This server does not answer for that host.")));
  auto match = match_route(head.method, head.path, is_page(head.path));
  if (match) return *std::move(match);
  bool asterisk = head.target == "*";
  if (head.method != "OPTIONS" || (!asterisk && match.error().allow.empty()))
    return std::unexpected(miss_answer(origins, head, match.error()));
  std::string_view allow = asterisk ? "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
                                    : std::string_view(match.error().allow);
  return std::unexpected(answer_options(origins, head, allow));
}

// What is still to be sent when a handler is done; nothing where it has answered by itself.
std::optional<net::Response> finish(Request& request, Outcome outcome) {
  if (!outcome) return problem_answer(request.shared().origins, request.head(), outcome.error());
  auto* response = std::get_if<net::Response>(&*outcome);
  if (response == nullptr) return std::nullopt;
  add_base_headers(request, response->headers);
  return std::move(*response);
}

// What is told of a request when it has ended.
struct Observation {
  const Route* route = nullptr;
  std::string principal;
};

// Tells of a request at the end of its life, however that comes.
class Observer {
 public:
  Observer(Services& services, const ObservedExchange& exchange)
      : services_(services), exchange_(exchange) {
    services_.metrics->begin();
  }
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  ~Observer() {
    services_.metrics->end();
    const Route* route = observation.route;
    auto index = route ? static_cast<std::size_t>(route - routes().data()) : routes().size();
    auto duration = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - began_);
    services_.metrics->count(index, exchange_.status(), exchange_.body_bytes(), duration);
    if (const auto& file = services_.shared.access_log)
      file->write(
          access_log_line(exchange_, services_.shared, route, observation.principal, duration));
  }

  Observation observation;

 private:
  Services& services_;
  const ObservedExchange& exchange_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// The request on its way to the route that it matches, or the answer where there is none.
std::expected<Request, net::Response> routed(ObservedExchange& exchange, Services& services) {
  TRY(RouteMatch match, find_route(services.shared.origins, exchange.head()));
  return Request{.exchange = exchange,
                 .services = services,
                 .route = *match.route,
                 .path = std::move(match.path),
                 .query = {},
                 .now = services.shared.clock(),
                 .principal = {},
                 .body = nullptr};
}

// Takes the answer out of its place, so that no copy waits in the caller's frame.
net::Task<void> send(ObservedExchange& exchange, std::optional<net::Response>& response) {
  return exchange.respond(*std::move(response));
}

// The server answers 500 where something was thrown; that answer, too, is one of this request.
net::Task<void> observe(Services& services, net::Exchange& inner) {
  ObservedExchange exchange(inner, request_id(inner, services.shared.options.trusted_proxies));
  Observer observer(services, exchange);
  std::optional<net::Response> response;
  try {
    auto request = routed(exchange, services);
    if (request) {
      observer.observation.route = &request->route;
      response = finish(*request, co_await run(*request));
      observer.observation.principal = std::move(request->principal);
    } else {
      response = std::move(request).error();
    }
    if (response) co_await send(exchange, response);
    co_return;
  } catch (const std::exception& error) {
    if (exchange.started()) throw;
    log::error("request {} failed: {}", exchange.request_id(), error.what());
    response = problem_answer(services.shared.origins, exchange.head(), failed(error));
  }
  co_await send(exchange, response);
}

std::unique_ptr<log::LineFile> open_access_log(const Options& options) {
  if (options.access_log.empty()) return nullptr;
  return std::make_unique<log::LineFile>(options.access_log);
}

std::unique_ptr<RateLimiter> make_request_limit(const Options& options) {
  constexpr std::size_t places = 128 * 1024;  // 2 MiB
  if (options.requests_per_second == 0) return nullptr;
  return std::make_unique<RateLimiter>(options.requests_per_second, options.requests_per_second,
                                       places);
}

std::vector<std::unique_ptr<IssuerKeys>> issuer_keys(const Options& options) {
  std::vector<std::unique_ptr<IssuerKeys>> out;
  for (const TokenIssuer& issuer : options.issuers)
    out.push_back(std::make_unique<IssuerKeys>(issuer));
  return out;
}

std::string session_cookie_name(bool secure) {
  return secure ? "__Host-signpost_session" : "signpost_session";
}

}  // namespace

void add_base_headers(Request& request, net::Headers& headers) {
  headers.add_default("X-Content-Type-Options", "nosniff");
  headers.add_default("Referrer-Policy", "no-referrer");
  if (request.route.cache == Cache::no_store) headers.add_default("Cache-Control", "no-store");
  add_cors(request.shared().origins, request.head(), headers);
}

net::Response json_response(std::string json, unsigned status) {
  net::Response response{.status = status, .headers = {}, .body = std::move(json)};
  response.headers.add("Content-Type", "application/json");
  return response;
}

class Gateway::Impl {
 public:
  Impl(Options options, StoreAccess store, domain::Catalog& catalog, net::BlockingPool& pool,
       Clock clock)
      : store_(std::move(store)),
        shared_{.options = options,
                .origins = Origins(options),
                .catalog = catalog,
                .pool = pool,
                .clock = std::move(clock),
                .passwords = PasswordChecker(),
                .cursor_key = HmacSha256Key(catalog.shared_secret("cursor").reveal()),
                .ticket_key = domain::TicketKey(catalog.shared_secret("ticket tags")),
                .session_cookie = session_cookie_name(Origins(options).secure()),
                .sign_in_limits = SignInLimits(),
                .request_limit = make_request_limit(options),
                .issuers = issuer_keys(shared_.options),
                .access_log = open_access_log(options)} {}

  std::unique_ptr<Services> make_services(net::Worker worker) {
    return std::make_unique<Services>(shared_, worker.context, store_.endpoint, store_.credentials);
  }

  std::vector<net::Task<void>> key_refreshers(net::Worker worker) {
    std::vector<net::Task<void>> out;
    for (auto& issuer : shared_.issuers)
      if (issuer->is_fetched()) out.push_back(issuer->keep_fresh(worker.context));
    return out;
  }

 private:
  StoreAccess store_;
  Shared shared_;
};

Gateway::Gateway(Options options, StoreAccess store, domain::Catalog& catalog,
                 net::BlockingPool& pool, Clock clock)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(store), catalog, pool,
                                   std::move(clock))) {}

Gateway::~Gateway() = default;

net::Handler Gateway::handler(net::Worker worker) {
  // std::function must be copyable, so this worker's services are held by a shared_ptr; they go
  // with the handler, before the worker's context.
  std::shared_ptr<Services> services = impl_->make_services(worker);
  services->metrics = services->shared.metrics.add_worker();
  return [services](net::Exchange& exchange) { return observe(*services, exchange); };
}

net::Fallback Gateway::fallback() const {
  auto refuse = [](unsigned status, std::string_view detail) {
    net::Response response = to_response(refused(status, detail));
    response.headers.add("X-Request-Id", new_request_id());
    return response;
  };
  return {.refuse = refuse, .failed = [](const std::exception& error) {
            log::error("a request failed: {}", error.what());
            return to_response(failed(error));
          }};
}

net::Task<void> Gateway::prepare_store(net::Worker worker) {
  auto services = impl_->make_services(worker);
  co_await gateway::prepare_store(*services);
}

std::vector<net::Task<void>> Gateway::key_refreshers(net::Worker worker) {
  return impl_->key_refreshers(worker);
}

net::Task<void> Gateway::push_withdrawals(net::Worker worker) {
  auto services = impl_->make_services(worker);
  co_await gateway::push_withdrawals(*services);
}

net::Task<void> Gateway::collect_fetches(net::Worker worker) {
  auto services = impl_->make_services(worker);
  co_await gateway::collect_fetches(*services);
}

net::Task<void> Gateway::sweep_uploads(net::Worker worker) {
  auto services = impl_->make_services(worker);
  co_await gateway::sweep_uploads(*services);
}

net::Task<void> Gateway::housekeeping(net::Worker worker) {
  auto services = impl_->make_services(worker);
  co_await keep_house(*services);
}

}  // namespace signpost::gateway
