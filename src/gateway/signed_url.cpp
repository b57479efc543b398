#include "gateway/signed_url.hpp"

#include <fmt/format.h>

#include <array>

#include "base/try.hpp"
#include "domain/ticket.hpp"
#include "gateway/problem_response.hpp"
#include "gateway/url_life.hpp"
#include "s3/ticket.hpp"

namespace signpost::gateway {

namespace {

const domain::Principal* principal_of(const domain::Caller* caller) {
  return caller ? &caller->principal : nullptr;
}

}  // namespace

std::expected<domain::Ticket, http::Problem> ticket_of(Request& request, HolderTag& holder,
                                                       const TicketedUrl& url) {
  const domain::File& file = url.file;
  if (url.epochs.disabled) return std::unexpected(bad_credential());
  if (!request.shared().options.tickets) return domain::Ticket();
  return domain::make_ticket(request.shared().ticket_key,
                             {.holder = holder.holder(),
                              .file = file.id,
                              .epoch = file.epoch,
                              .album = file.album ? &*file.album : nullptr,
                              .epochs = url.epochs,
                              .holder_tag = holder.of(url.epochs.holder),
                              .method = url.method,
                              .parameters = url.parameters,
                              .date = url.life.date,
                              .expires = url.life.expires});
}

CacheControl private_for(std::chrono::seconds age) {
  const fmt::format_int number(age.count());
  CacheControl out("private, max-age=");
  out.append(number.data(), number.size());
  return out;
}

std::expected<UrlSigner, http::Problem> UrlSigner::make(Request& request,
                                                        const domain::Caller* caller,
                                                        std::string_view method,
                                                        const DeliveryWish& wish) {
  const domain::UrlLifeRequest wanted{.expires_in = wish.expires_in,
                                      .ends_at = caller ? caller->ends_at : std::nullopt,
                                      .stable = true};
  TRY(const domain::UrlLife life, url_life(request, wanted));
  return UrlSigner(request, caller, method, wish, life);
}

// The bytes never change, so a cache may keep them as long as the URL itself is good for.
UrlSigner::UrlSigner(Request& request, const domain::Caller* caller, std::string_view method,
                     const DeliveryWish& wish, const domain::UrlLife& life)
    : request_(request),
      holder_(request.services, principal_of(caller)),
      method_(method),
      wish_(wish),
      life_(life),
      cache_control_(private_for(life.expires)) {}

std::expected<void, http::Problem> UrlSigner::sign_to(std::string& out,
                                                      const ReadableFile& readable) {
  const domain::File& file = *readable.row;
  const std::string disposition =
      content_disposition(wish_, file, request_.shared().options.inline_types);
  // Of what is signed, the ticket need not hold what follows from the file and the life.
  TRY(const domain::Ticket ticket, ticket_of(request_, holder_,
                                             {.file = file,
                                              .epochs = readable.epochs,
                                              .method = method_,
                                              .parameters = disposition,
                                              .life = life_}));
  const std::array<sigv4::QueryParameter, 4> query{{
      {"response-cache-control", cache_control_},
      {"response-content-disposition", disposition},
      {"response-content-type", file.content_type.text()},
      {s3::ticket_parameter, ticket},
  }};
  request_.services.store.presign_to(out, {.method = method_,
                                           .key = file.object.key,
                                           .query = std::span(query).first(ticket.empty() ? 3 : 4),
                                           .signed_fields = {},
                                           .date = life_.date,
                                           .expires = life_.expires});
  return {};
}

}  // namespace signpost::gateway
