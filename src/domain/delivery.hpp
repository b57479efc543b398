#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace signpost::domain {

enum class Delivery { redirect, proxy };

struct DeliveryPolicy {
  Delivery mode = Delivery::redirect;
  bool allow_override = true;
  std::chrono::seconds expires_in{180};
  std::chrono::seconds max_expires_in{43200};
  std::chrono::seconds stable_window{60};
};

enum class DeliveryError {
  unknown_delivery,      // neither "redirect" nor "proxy": 400
  override_not_allowed,  // asks for the other way where the configuration forbids it: 403
};
// `asked` is the request's `delivery` parameter.
std::expected<Delivery, DeliveryError> choose_delivery(const DeliveryPolicy& policy,
                                                       std::optional<std::string_view> asked);

// The life of one pre-signed URL.
struct UrlLife {
  UnixSeconds date;              // X-Amz-Date
  std::chrono::seconds expires;  // X-Amz-Expires
  UnixSeconds expires_at;        // date + expires, the true end
  std::chrono::seconds max_age;  // of a redirect to it: ends before the URL does, 0 at least
};

struct UrlLifeRequest {
  std::optional<std::chrono::seconds> expires_in;  // what the caller asked for
  // The soonest end of what the URL depends on: session, token, share, the store's credentials.
  std::optional<UnixSeconds> ends_at;
  bool stable = true;  // false where each URL counts (a limited link) or for an upload
};

enum class UrlLifeError {
  not_positive,   // expires_in below one second: 400
  already_ended,  // ends_at has come: the caller's right is over
};
// The same life for every call within a window w = min(stable_window, expires_in / 2), 0 where
// expires_in is under 10 s or the request is not stable: the date is rounded down to w and the URL
// lives expires_in + w from it, but never past max_expires_in, 604800 s or ends_at.
std::expected<UrlLife, UrlLifeError> url_life(const DeliveryPolicy& policy,
                                              const UrlLifeRequest& request, UnixSeconds now);

}  // namespace signpost::domain
