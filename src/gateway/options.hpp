#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "domain/delivery.hpp"
#include "domain/key_rule.hpp"
#include "domain/upload.hpp"
#include "http/host.hpp"
#include "jwt/verify.hpp"
#include "net/address_range.hpp"
#include "net/http_url.hpp"

namespace signpost::gateway {

// When a key set is fetched, and how long it counts.
struct KeyTimes {
  std::chrono::milliseconds refresh{30'000};        // from one fetch to the next
  std::chrono::milliseconds retry{10'000};          // the same after one that failed
  std::chrono::milliseconds cool_down{30'000};      // between fetches because of an unknown "kid"
  std::chrono::milliseconds good_for{15 * 60'000};  // the last good set, when fetching fails
};

// An issuer whose keys are at a URL (jwks_url).
struct KeysAtUrl {
  jwt::Issuer issuer;
  net::HttpUrl url;
  KeyTimes times;
};

// An issuer of JSON Web Tokens whose word is taken ([[auth.jwt]]).
struct TokenIssuer {
  std::variant<jwt::Verifier, KeysAtUrl> keys;
  std::string cookie;                     // also take a token from this cookie; empty: none
  std::vector<std::string> admin_groups;  // who is in one of them is an admin
};

// An app that is asked who somebody is ([[auth.forward]]).
struct ForwardOptions {
  std::string name;  // principals become user:NAME:VALUE
  net::HttpUrl url;
  std::vector<std::string> request_headers;  // the fields it is asked with, and no others
  std::string principal_header;              // of its answer
  std::string groups_header;                 // a comma-separated list; empty: no groups
  std::chrono::seconds cache{10};            // how long its word holds
};

// The app that is asked who may ([auth.callback]).
struct AppCallbackOptions {
  net::HttpUrl url;
  std::chrono::seconds cache{10};  // how long its word holds
};

struct Options {
  // What clients call this server. With https, cookies are Secure and named __Host-. Without it
  // the Host of a request must be `listen`'s or localhost, with the real port.
  std::optional<http::WebOrigin> public_url;
  std::string listen;  // "127.0.0.1:8080", the port as the kernel says it
  bool tls = false;    // this server itself speaks TLS; matters where there is no public_url
  // Other origins whose scripts may call the API with credentials.
  std::vector<http::WebOrigin> allowed_origins;

  std::string bucket;
  std::string store_public_url;  // what clients call the store: /readyz tells it
  bool tickets = true;           // x-signpost-ticket in every URL
  // The embedded store: create the bucket at the start and set its CORS. An external bucket is its
  // operator's.
  bool manage_bucket = true;

  domain::DeliveryPolicy delivery;
  // "image/*", "application/pdf": shown inline. Active types never are.
  std::vector<std::string> inline_types{"image/*", "video/*", "audio/*", "text/plain",
                                        "application/pdf"};
  domain::UploadPolicy uploads;
  std::vector<domain::KeyRule> rules;
  std::chrono::seconds upload_expires_in{3600};  // life of an upload URL; max_expires_in caps it
  std::chrono::seconds keep_uploads{24 * 3600};  // pending files that nobody goes on with
  std::chrono::seconds session_life{7 * 24 * 3600};
  std::vector<TokenIssuer> issuers;
  std::vector<ForwardOptions> forwards;
  std::optional<AppCallbackOptions> callback;

  // Whose X-Forwarded-For is believed, and nothing else of what they forward: links and signed
  // hosts come from the configuration alone.
  std::vector<net::AddressRange> trusted_proxies;
  std::vector<net::AddressRange> metrics_readers;  // who may read /metrics
  std::filesystem::path access_log;                // "-": standard error; empty: none
  // For each principal, and for each address that shows no principal; 0: no limit.
  unsigned requests_per_second = 0;
};

// The wall clock; called from any thread.
using Clock = std::function<UnixSeconds()>;

}  // namespace signpost::gateway
