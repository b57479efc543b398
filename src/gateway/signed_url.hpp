#pragma once

#include <expected>
#include <string>

#include "domain/delivery.hpp"
#include "gateway/file_access.hpp"
#include "gateway/parameters.hpp"
#include "gateway/request.hpp"

namespace signpost::gateway {

struct SignedUrl {
  std::string url;
  domain::UrlLife life;
};

// A URL pre-signed for that method ("GET" or "HEAD") and file, with what a browser will do with
// the bytes signed in, and a ticket (API.md, rules of delivery 1, 2 and 5). It ends with the
// caller's credential; nobody (null) has none that could.
std::expected<SignedUrl, http::Problem> sign_url(Request& request, const domain::Caller* caller,
                                                 const ReadableFile& file, std::string_view method,
                                                 const DeliveryWish& wish);

// A Cache-Control that lets the client alone keep an answer, for so long.
std::string private_for(std::chrono::seconds age);

// The answer to a request for one URL as JSON, which reads its `method` and wishes: 400 where one
// is wrong.
Outcome signed_url_answer(Request& request, const domain::Caller* caller, const ReadableFile& file);

// What a URL fixes besides whom it is for. Of the file, what its ticket has: id, album, epoch.
struct TicketedUrl {
  const domain::File& file;
  const domain::UrlEpochs& epochs;
  std::string_view method;
  std::string_view parameters;
  const domain::UrlLife& life;
};
// Its ticket (domain/ticket.hpp); empty where the configuration has them off. 401 where the caller
// is a user who was disabled after it had shown its credential.
std::expected<std::string, http::Problem> ticket_of(Request& request, const domain::Caller* caller,
                                                    const TicketedUrl& url);

}  // namespace signpost::gateway
