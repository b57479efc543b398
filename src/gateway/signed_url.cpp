#include "gateway/signed_url.hpp"

#include <fmt/format.h>

#include <array>

#include "base/try.hpp"
#include "domain/ticket.hpp"
#include "gateway/fetches.hpp"
#include "gateway/problem_response.hpp"
#include "gateway/url_life.hpp"
#include "s3/ticket.hpp"

namespace signpost::gateway {

std::expected<std::string, http::Problem> ticket_of(Request& request, const domain::Caller* caller,
                                                    const TicketedUrl& url) {
  const domain::File& file = url.file;
  if (url.epochs.disabled) return std::unexpected(bad_credential());
  if (!request.shared().options.tickets) return std::string();
  const domain::Principal* holder = caller ? &caller->principal : nullptr;
  std::string ticket = domain::make_ticket(request.shared().ticket_key,
                                           {.holder = holder,
                                            .file = file.id,
                                            .epoch = file.epoch,
                                            .album = file.album ? &*file.album : nullptr,
                                            .epochs = url.epochs,
                                            .method = url.method,
                                            .parameters = url.parameters,
                                            .date = url.life.date,
                                            .expires = url.life.expires});
  note_holder(request.services, holder, ticket);
  return ticket;
}

std::string private_for(std::chrono::seconds age) {
  constexpr std::string_view words = "private, max-age=";
  const fmt::format_int number(age.count());
  std::string out;
  out.reserve(words.size() + number.size());
  return out.append(words).append(number.data(), number.size());
}

std::expected<SignedUrl, http::Problem> sign_url(Request& request, const domain::Caller* caller,
                                                 const ReadableFile& readable,
                                                 std::string_view method,
                                                 const DeliveryWish& wish) {
  const domain::File& file = *readable.row;
  domain::UrlLifeRequest wanted{.expires_in = wish.expires_in,
                                .ends_at = caller ? caller->ends_at : std::nullopt,
                                .stable = true};
  TRY(const domain::UrlLife life, url_life(request, wanted));

  // The bytes never change, so a cache may keep them as long as the URL itself is good for.
  const std::string cache_control = private_for(life.expires);
  const domain::MediaType type = type_of(file);
  std::string disposition =
      content_disposition(wish, file, type, request.shared().options.inline_types);
  // Of what is signed, the ticket need not hold what follows from the file and the life.
  TRY(std::string ticket, ticket_of(request, caller,
                                    {.file = file,
                                     .epochs = readable.epochs,
                                     .method = method,
                                     .parameters = disposition,
                                     .life = life}));
  const std::array<sigv4::QueryParameter, 4> query{{
      {"response-cache-control", cache_control},
      {"response-content-disposition", disposition},
      {"response-content-type", type.text()},
      {s3::ticket_parameter, ticket},
  }};
  std::string url =
      request.services.store.presign({.method = method,
                                      .key = file.object.key,
                                      .query = std::span(query).first(ticket.empty() ? 3 : 4),
                                      .signed_fields = {},
                                      .date = life.date,
                                      .expires = life.expires});
  return SignedUrl{std::move(url), life};
}

}  // namespace signpost::gateway
