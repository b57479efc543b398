#include "domain/delivery.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace signpost::domain {

using std::chrono::seconds;

std::expected<Delivery, DeliveryError> choose_delivery(const DeliveryPolicy& policy,
                                                       std::optional<std::string_view> asked) {
  if (!asked) return policy.mode;
  if (*asked != "redirect" && *asked != "proxy")
    return std::unexpected(DeliveryError::unknown_delivery);
  Delivery wanted = *asked == "redirect" ? Delivery::redirect : Delivery::proxy;
  if (wanted != policy.mode && !policy.allow_override)
    return std::unexpected(DeliveryError::override_not_allowed);
  return wanted;
}

namespace {

seconds window(const DeliveryPolicy& policy, const UrlLifeRequest& request, seconds wanted) {
  constexpr seconds shortest_stable{10};
  if (!request.stable || wanted < shortest_stable) return seconds(0);
  return std::clamp(policy.stable_window, seconds(0), wanted / 2);
}

// A tenth of what is left, so that who reads a cached redirect at its last moment still has time
// to open the connection.
seconds redirect_max_age(seconds left) {
  return std::max(seconds(0), left - std::max(seconds(1), left / 10));
}

}  // namespace

std::expected<UrlLife, UrlLifeError> url_life(const DeliveryPolicy& policy,
                                              const UrlLifeRequest& request, UnixSeconds now) {
  if (request.expires_in && *request.expires_in < seconds(1))
    return std::unexpected(UrlLifeError::not_positive);
  if (request.ends_at && *request.ends_at <= now)
    return std::unexpected(UrlLifeError::already_ended);
  seconds longest = std::min(policy.max_expires_in, limits::presigned_lifetime);
  seconds wanted = std::min(request.expires_in.value_or(policy.expires_in), longest);
  seconds w = window(policy, request, wanted);
  UnixSeconds date = w.count() == 0 ? now : now - now.time_since_epoch() % w;
  seconds expires = std::min(wanted + w, longest);
  if (request.ends_at) expires = std::min(expires, *request.ends_at - date);
  UnixSeconds expires_at = date + expires;
  return UrlLife{.date = date,
                 .expires = expires,
                 .expires_at = expires_at,
                 .max_age = redirect_max_age(expires_at - now)};
}

}  // namespace signpost::domain
