#include "gateway/issuer_keys.hpp"

#include <fmt/format.h>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

#include "base/limits.hpp"
#include "log/log.hpp"

namespace signpost::gateway {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Timer = net::asio::basic_waitable_timer<SteadyClock, net::asio::wait_traits<SteadyClock>,
                                              net::Executor>;

// Deadlines are looked at four times a second; whoever waits for a fetch sees its end.
constexpr std::chrono::seconds longest_wait = limits::jwks_deadline + std::chrono::seconds{1};

std::string_view explain(net::ClientError error) {
  switch (error) {
    case net::ClientError::unreachable:
      return "no connection";
    case net::ClientError::timed_out:
      return "no answer in time";
    case net::ClientError::malformed:
      return "an answer that is malformed or too long";
    case net::ClientError::closed:
      return "an answer that was cut off";
  }
  std::unreachable();
}

}  // namespace

// A coroutine that waits on its own worker and is woken from any. Other threads only ever post to
// that worker, and only under mutex_, while this is listed: so while its context lives.
struct IssuerKeys::Waiter {
  explicit Waiter(net::Executor executor) : timer(executor) {}
  Timer timer;

  static void wake(std::shared_ptr<Waiter> waiter) {
    net::Executor executor = waiter->timer.get_executor();
    net::asio::post(executor, [waiter = std::move(waiter)] { waiter->timer.cancel(); });
  }
  static net::Task<void> wait(Waiter& waiter, std::chrono::milliseconds longest) {
    boost::system::error_code ignored;  // that it was woken
    waiter.timer.expires_after(longest);
    co_await waiter.timer.async_wait(
        net::asio::redirect_error(net::asio::use_awaitable_t<net::Executor>(), ignored));
  }
};

IssuerKeys::IssuerKeys(const TokenIssuer& issuer) : issuer_(issuer) {
  if (const auto* verifier = std::get_if<jwt::Verifier>(&issuer.keys))
    replace({*verifier, 0, SteadyTime::max()});
}

std::shared_ptr<const KeySnapshot> IssuerKeys::snapshot() const {
  std::scoped_lock lock(snapshot_mutex_);
  return snapshot_;
}

void IssuerKeys::replace(KeySnapshot snapshot) {
  auto fresh = std::make_shared<const KeySnapshot>(std::move(snapshot));
  std::scoped_lock lock(snapshot_mutex_);
  snapshot_.swap(fresh);  // the old one goes once the lock is free
}

const jwt::Issuer& IssuerKeys::trusted() const {
  if (const auto* at_url = std::get_if<KeysAtUrl>(&issuer_.keys)) return at_url->issuer;
  return std::get<jwt::Verifier>(issuer_.keys).issuer();
}

std::shared_ptr<const KeySnapshot> IssuerKeys::current() const {
  auto kept = snapshot();
  if (!kept || kept->good_until == SteadyClock::time_point::max()) return kept;
  return kept->good_until <= SteadyClock::now() ? nullptr : kept;
}

// Whether there is a fetch to wait for, which this may begin.
bool IssuerKeys::enlist(const std::shared_ptr<Waiter>& waiter) {
  std::lock_guard lock(mutex_);
  if (!fetching_) {
    auto now = SteadyClock::now();
    if (asked_at_ && now < *asked_at_ + std::get<KeysAtUrl>(issuer_.keys).times.cool_down)
      return false;
    asked_at_ = now;
    fetching_ = true;
    if (sleeper_) Waiter::wake(sleeper_);
  }
  waiting_.push_back(waiter);
  return true;
}

void IssuerKeys::leave(const Waiter& waiter) {
  std::lock_guard lock(mutex_);
  std::erase_if(waiting_, [&](const auto& each) { return each.get() == &waiter; });
}

net::Task<bool> IssuerKeys::renewed() {
  if (!is_fetched()) co_return false;
  auto waiter = std::make_shared<Waiter>(co_await net::asio::this_coro::executor);
  if (!enlist(waiter)) co_return false;
  // Also when this frame is destroyed with its context: nobody may post there then.
  struct Leave {
    IssuerKeys& keys;
    const Waiter& waiter;
    ~Leave() { keys.leave(waiter); }
  };
  Leave leave{*this, *waiter};
  co_await Waiter::wait(*waiter, longest_wait);
  co_return true;
}

void IssuerKeys::wake_all() {
  std::lock_guard lock(mutex_);
  fetching_ = false;
  for (auto& waiter : waiting_) Waiter::wake(std::move(waiter));
  waiting_.clear();
}

// The set as it came, or what went wrong. A redirect is an answer other than 200 and not followed:
// it could lead anywhere (SECURITY case F17).
net::Task<std::expected<std::string, std::string>> IssuerKeys::download(net::HttpClient& http) {
  const net::HttpUrl& url = std::get<KeysAtUrl>(issuer_.keys).url;
  net::ClientRequest request;
  request.target = url.target;
  request.headers.add("Accept", "application/jwk-set+json, application/json");
  request.head_deadline = limits::jwks_deadline;
  request.whole_deadline = limits::jwks_deadline;
  auto exchange = co_await http.send(url.origin, std::move(request));
  if (!exchange) co_return std::unexpected(std::string(explain(exchange.error())));
  auto head = co_await (*exchange)->read_head();
  if (!head) co_return std::unexpected(std::string(explain(head.error())));
  if (head->status != 200) co_return std::unexpected(fmt::format("status {}", head->status));
  auto body = co_await (*exchange)->read_all(limits::jwks_bytes);
  if (!body) co_return std::unexpected(std::string(explain(body.error())));
  co_return *std::move(body);
}

// False, and nothing changes, where it is no set with a key for one of the issuer's algorithms: an
// issuer that by mistake publishes nothing would lock everybody out.
bool IssuerKeys::take(const std::string& jwks) {
  const auto& at_url = std::get<KeysAtUrl>(issuer_.keys);
  auto good_until = SteadyClock::now() + at_url.times.good_for;
  Sha256Digest digest = sha256(jwks);
  const auto old = snapshot();
  if (old && digest == seen_) {
    replace({old->verifier, old->generation, good_until});
    return true;
  }
  auto keys = jwt::KeySet::parse_jwks(jwks);
  if (!keys) {
    log::warn("auth.jwt \"{}\": jwks_url: {}", trusted().name, jwt::explain(keys.error()));
    return false;
  }
  std::size_t count = keys->keys().size();
  auto verifier = jwt::Verifier::make(at_url.issuer, *std::move(keys));
  if (!verifier) {
    log::warn("auth.jwt \"{}\": jwks_url: {}", trusted().name, jwt::explain(verifier.error()));
    return false;
  }
  std::uint64_t generation = old ? old->generation + 1 : 1;
  replace({*std::move(verifier), generation, good_until});
  seen_ = digest;
  log::info("auth.jwt \"{}\": {} keys fetched", trusted().name, count);
  return true;
}

net::Task<bool> IssuerKeys::fetch(net::HttpClient& http) {
  try {
    auto jwks = co_await download(http);
    if (jwks) co_return take(*jwks);
    log::warn("auth.jwt \"{}\": jwks_url: {}", trusted().name, jwks.error());
  } catch (const std::exception& error) {
    log::warn("auth.jwt \"{}\": jwks_url: {}", trusted().name, error.what());
  }
  co_return false;
}

// Until then, or until somebody needs a key that is not there.
net::Task<void> IssuerKeys::sleep(net::asio::io_context& context,
                                  std::chrono::milliseconds length) {
  auto waiter = std::make_shared<Waiter>(context.get_executor());
  // Destroyed with the context too, after which nobody may post there.
  struct Sleeping {
    IssuerKeys& keys;
    ~Sleeping() {
      std::lock_guard lock(keys.mutex_);
      keys.sleeper_ = nullptr;
      keys.fetching_ = true;
    }
  };
  {
    std::lock_guard lock(mutex_);
    if (fetching_) co_return;  // asked for since the last one ended
    sleeper_ = waiter;
  }
  Sleeping sleeping{*this};
  co_await Waiter::wait(*waiter, length);
}

net::Task<void> IssuerKeys::keep_fresh(net::asio::io_context& context) {
  const KeyTimes& times = std::get<KeysAtUrl>(issuer_.keys).times;
  net::HttpClient http(context);
  for (;;) {
    bool fetched = co_await fetch(http);
    wake_all();
    co_await sleep(context, fetched ? times.refresh : times.retry);
  }
}

}  // namespace signpost::gateway
