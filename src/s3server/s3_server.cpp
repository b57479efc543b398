#include "s3server/s3_server.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <ranges>
#include <variant>

#include "base/ascii.hpp"
#include "base/try.hpp"
#include "log/log.hpp"
#include "s3/ticket.hpp"
#include "s3server/authenticate.hpp"
#include "s3server/call.hpp"
#include "s3server/cors.hpp"
#include "s3server/handlers.hpp"
#include "s3server/post_object.hpp"
#include "s3server/query_parameters.hpp"
#include "s3server/request_fields.hpp"
#include "s3server/router.hpp"

namespace signpost::s3server {
namespace {

UnixSeconds system_now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

sigv4::VerifierOptions verifier_options(const std::string& region) {
  sigv4::VerifierOptions options;
  options.region = region;
  return options;
}

sigv4::FindSecret find_secret_in(const storage::Store& store) {
  return [&store](std::string_view id) -> SharedSecret {
    auto key = store.find_access_key(id);
    if (!key) return nullptr;
    const Secret& secret = key->secret;
    return {std::move(key), &secret};
  };
}

}  // namespace

struct S3Server::State {
  State(storage::Store& store, net::BlockingPool& pool, Options o)
      : options(std::move(o)),
        verifier(verifier_options(options.region), find_secret_in(store)),
        post_verifier(verifier_options(options.region), find_secret_in(store)),
        services{store, pool, options.region, options.now} {
    options.domain = to_lower(options.domain);
    if (!options.now) options.now = system_now;
  }
  Options options;
  sigv4::Verifier verifier;
  sigv4::PostVerifier post_verifier;
  Services services;

  net::Task<void> serve(net::Exchange& exchange, CorsCache& cache) const;
  net::Task<Outcome> answer(Call& call, CorsCache& cache) const;
  net::Task<Outcome> answer_signed(Call& call, const Address& address) const;

  // Who asks, and what for. Too large for a coroutine: Asio keeps the frames of up to 1,020 bytes
  // for the next one alone.
  struct Signed {
    Authenticated who;
    Operation operation;
  };
  using SignedPointer = std::unique_ptr<const Signed>;
  std::expected<SignedPointer, Failure> read_signed(const Call& call, const Address& address) const;
  void add_allow(const net::RequestHead& head, Failure& failure) const;
};

namespace {

// response-content-type and its like, without a trace of a signature.
bool overrides_unsigned(const net::RequestHead& head, const Address& address) {
  if (address.key.empty() || (head.method != "GET" && head.method != "HEAD")) return false;
  auto query = QueryParameters::parse(head.query);
  if (!query) return false;
  auto names = query->all() | std::views::keys;
  return std::ranges::any_of(names, [](auto name) { return name.starts_with("response-"); }) &&
         std::ranges::none_of(names, [](auto n) { return to_lower(n).starts_with("x-amz-"); });
}

// Why an unsigned request gets nothing: a bucket that is not there may be known to everybody,
// because names are; what is in the others is not. Who would create one is simply not allowed.
Failure refuse_anonymous(const Call& call, const Address& address, Failure failure) {
  if (failure.error.code != s3::ErrorCode::AccessDenied || !failure.error.message.empty())
    return failure;
  bool creates = call.head().method == "PUT" && address.key.empty();
  bool named = !creates && s3::BucketName::parse(address.bucket).has_value();
  if (named && !call.store().find_bucket(address.bucket)) return s3::ErrorCode::NoSuchBucket;
  if (overrides_unsigned(call.head(), address))
    return {s3::ErrorCode::InvalidRequest,
            "Request specific response headers cannot be used for anonymous GET requests."};
  return failure;
}

// The query is decoded as it is for the signature, so that there is one way to read it alone.
Outcome refuse_withdrawn_url(const Call& call, const Address& address) {
  if (!call.store().has_withdrawn_tickets()) return {};
  TRY(auto query, QueryParameters::parse(call.head().query));
  return refuse_withdrawn(call.store(), address.bucket, query.get(s3::ticket_parameter),
                          call.now());
}

// Counts what a ticket fetched when the answer has ended, however that comes.
class FetchMeter {
 public:
  FetchMeter(Call& call, const GetObject& operation) : call_(call), operation_(operation) {}
  FetchMeter(const FetchMeter&) = delete;
  FetchMeter& operator=(const FetchMeter&) = delete;
  ~FetchMeter() {
    if (operation_.ticket.empty() || call_.status() == 0) return;
    const std::uint64_t bytes = call_.exchange().body_bytes_sent();
    try {
      const UnixSeconds now = call_.now();
      call_.store().count_fetch(operation_.bucket.str(),
                                {operation_.ticket, operation_.key.str(), 1, bytes, now, now});
    } catch (const std::exception& error) {
      log::error("a fetch was not counted: {}", error.what());
    }
  }

 private:
  Call& call_;
  const GetObject& operation_;
};

net::Task<Outcome> dispatch(Call& call, const Authenticated& who, const Operation& operation) {
  auto visit = [&](const auto& op) -> net::Task<Outcome> {
    using Op = std::remove_cvref_t<decltype(op)>;
    if (!only_reads<Op> && !who.may_write()) co_return std::unexpected(s3::ErrorCode::AccessDenied);
    if constexpr (!takes_body<Op>) {
      if (call.head().has_body()) CO_TRYV(co_await skip_body(call, who));
    }
    if constexpr (!std::is_same_v<Op, ListBuckets> && !std::is_same_v<Op, CreateBucket>) {
      auto bucket = own_bucket(call.store(), who, op.bucket.str());
      if (!bucket) co_return std::unexpected(std::move(bucket).error());
    }
    if constexpr (std::is_same_v<Op, GetObject>) {
      const FetchMeter meter(call, op);
      co_return co_await handle(call, who, op);
    }
    co_return co_await handle(call, who, op);
  };
  co_return co_await std::visit(visit, operation);
}

net::Task<Outcome> answer_preflight(Call& call, const s3::CorsConfiguration* configuration) {
  CO_TRY(auto headers, preflight(call.head(), configuration));
  co_await call.respond(200, std::move(headers));
  co_return Outcome{};
}

}  // namespace

std::expected<S3Server::State::SignedPointer, Failure> S3Server::State::read_signed(
    const Call& call, const Address& address) const {
  const net::RequestHead& head = call.head();
  auto who = authenticate(head, verifier, services.store, options.now());
  if (!who) return std::unexpected(refuse_anonymous(call, address, std::move(who).error()));
  RouteInput input{head.method, head.query, who->fields().get("x-amz-copy-source").has_value()};
  TRYV(refuse_withdrawn_url(call, address));
  auto operation = route(input, address);
  if (!operation) return std::unexpected(std::move(operation).error());
  TRYV(check_fields(head, *who));
  return std::make_unique<const Signed>(*std::move(who), *std::move(operation));
}

net::Task<Outcome> S3Server::State::answer_signed(Call& call, const Address& address) const {
  CO_TRY(const SignedPointer request, read_signed(call, address));
  co_return co_await dispatch(call, request->who, request->operation);
}

net::Task<Outcome> S3Server::State::answer(Call& call, CorsCache& cache) const {
  const net::RequestHead& head = call.head();
  // Not S3's at all, whoever asks.
  if (!is_known_method(head.method)) co_return std::unexpected(s3::ErrorCode::MethodNotAllowed);
  CO_TRY(Address address, resolve_address(head.path, head.host, options.domain));
  std::string resource;
  resource.reserve(address.bucket.size() + address.key.size() + 2);
  resource.append(1, '/').append(address.bucket);
  if (!address.key.empty()) resource.append(1, '/').append(address.key);
  call.set_resource(std::move(resource));
  auto bucket = services.store.find_bucket(address.bucket);
  auto configuration = bucket ? cache.find(*bucket) : nullptr;
  if (head.method == "OPTIONS") {
    if (configuration) {
      net::Headers vary;
      vary.add("Vary", std::string(cors_vary));
      call.add_to_every_answer(vary);
    }
    co_return co_await answer_preflight(call, configuration.get());
  }
  if (configuration) call.add_to_every_answer(cors_headers(head, *configuration));
  if (is_form_upload(head, address)) {
    const FormVerifiers verifiers{verifier, post_verifier};
    co_return co_await post_object(call, verifiers, address.bucket);
  }
  co_return co_await answer_signed(call, address);
}

// RFC 9110 section 15.5.6 has it with every 405.
void S3Server::State::add_allow(const net::RequestHead& head, Failure& failure) const {
  auto address = resolve_address(head.path, head.host, options.domain);
  failure.headers.add("Allow", allowed_methods(head.query, address.value_or(Address{})));
}

net::Task<void> S3Server::State::serve(net::Exchange& exchange, CorsCache& cache) const {
  Call call(exchange, services);
  std::optional<Failure> failure;
  try {
    Outcome outcome = co_await answer(call, cache);
    if (!outcome) failure = std::move(outcome).error();
  } catch (const std::exception& error) {
    // Midway through an answer, cutting the connection is all that is honest: net does it.
    if (exchange.started()) throw;
    failure = failure_of(error);
  }
  if (failure) {
    if (failure->error.code == s3::ErrorCode::MethodNotAllowed)
      add_allow(exchange.head(), *failure);
    co_await call.fail(*std::move(failure));
  }
  log::debug("{} {} {} {}", call.request_id(), exchange.head().method, exchange.head().target,
             call.status());
}

S3Server::S3Server(storage::Store& store, net::BlockingPool& pool, Options options)
    : state_(std::make_unique<State>(store, pool, std::move(options))) {}

S3Server::~S3Server() = default;

net::Handler S3Server::handler(net::Worker) {
  auto cache = std::make_shared<CorsCache>();
  const State* state = state_.get();
  return [state, cache](net::Exchange& exchange) { return state->serve(exchange, *cache); };
}

net::Fallback S3Server::fallback() const {
  return error_fallback();
}

}  // namespace signpost::s3server
