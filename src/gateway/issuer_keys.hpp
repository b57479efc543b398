#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/digest.hpp"
#include "gateway/options.hpp"
#include "net/http_client.hpp"

namespace signpost::gateway {

// What checks an issuer's tokens at a time.
struct KeySnapshot {
  jwt::Verifier verifier;
  std::uint64_t generation = 0;  // another one for every change of the keys
  std::chrono::steady_clock::time_point good_until;
};

// The keys of one issuer: those of the configuration, or those that are fetched from a URL. Shared
// by all workers; whoever reads never waits for whoever fetches (docs/adr/0009).
class IssuerKeys {
 public:
  // `issuer` must outlive it.
  explicit IssuerKeys(const TokenIssuer& issuer);

  const TokenIssuer& issuer() const { return issuer_; }
  const jwt::Issuer& trusted() const;
  bool is_fetched() const { return std::holds_alternative<KeysAtUrl>(issuer_.keys); }

  // Any thread. Null where no set was fetched yet, or the last good one is older than good_for.
  std::shared_ptr<const KeySnapshot> current() const;

  // For a token whose key is not in current(): waits, at most a little longer than
  // limits::jwks_deadline, for the fetch that is under way, or else has one begun, unless one was
  // begun for that reason within cool_down. False where there was nothing to wait for. Any worker.
  net::Task<bool> renewed();

  // Never ends: fetches the set, and again after `refresh`. On one worker; where is_fetched().
  net::Task<void> keep_fresh(net::asio::io_context& context);

 private:
  struct Waiter;
  using SteadyTime = std::chrono::steady_clock::time_point;

  bool enlist(const std::shared_ptr<Waiter>& waiter);
  void leave(const Waiter& waiter);
  net::Task<bool> fetch(net::HttpClient& http);
  net::Task<std::expected<std::string, std::string>> download(net::HttpClient& http);
  bool take(const std::string& jwks);
  void wake_all();
  net::Task<void> sleep(net::asio::io_context& context, std::chrono::milliseconds length);

  std::shared_ptr<const KeySnapshot> snapshot() const;
  void replace(KeySnapshot snapshot);

  const TokenIssuer& issuer_;
  // No std::atomic: libstdc++ 12 lets go of that one's lock without ordering what was read.
  mutable std::mutex snapshot_mutex_;
  std::shared_ptr<const KeySnapshot> snapshot_;
  Sha256Digest seen_{};  // of the set in snapshot_; only the fetcher's

  std::mutex mutex_;                    // of all below; never held across a wait
  bool fetching_ = true;                // or about to: the first fetch comes unasked
  std::optional<SteadyTime> asked_at_;  // the last fetch because of an unknown key
  std::list<std::shared_ptr<Waiter>> waiting_;
  std::shared_ptr<Waiter> sleeper_;  // the fetcher, between fetches
};

}  // namespace signpost::gateway
