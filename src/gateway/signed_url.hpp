#pragma once

#include <boost/static_string/static_string.hpp>
#include <expected>
#include <string>

#include "domain/delivery.hpp"
#include "domain/ticket.hpp"
#include "gateway/fetches.hpp"
#include "gateway/file_access.hpp"
#include "gateway/parameters.hpp"
#include "gateway/request.hpp"

namespace signpost::gateway {

// A Cache-Control that lets the client alone keep an answer, for so long.
using CacheControl = boost::static_strings::static_string<48>;
CacheControl private_for(std::chrono::seconds age);

// Signs the URLs of one request, be it one or a thousand: what they have in common is found out
// once. It is for a method ("GET" or "HEAD") and a wish, and ends with the caller's credential;
// nobody (null) has none that could.
class UrlSigner {
 public:
  // 400, 401 and 503 as url_life(). What is given must outlive it.
  static std::expected<UrlSigner, http::Problem> make(Request& request,
                                                      const domain::Caller* caller,
                                                      std::string_view method,
                                                      const DeliveryWish& wish);
  const domain::UrlLife& life() const { return life_; }
  // Puts a URL of that file behind what is in `out`, with what a browser will do with the bytes
  // signed in, and a ticket: letters, digits and marks that are the same in JSON. 401 as
  // ticket_of().
  std::expected<void, http::Problem> sign_to(std::string& out, const ReadableFile& file);

 private:
  UrlSigner(Request& request, const domain::Caller* caller, std::string_view method,
            const DeliveryWish& wish, const domain::UrlLife& life);

  Request& request_;
  HolderTag holder_;
  std::string_view method_;
  const DeliveryWish& wish_;
  domain::UrlLife life_;
  CacheControl cache_control_;
};

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
// Its ticket (domain/ticket.hpp); empty where the configuration has them off. 401 where the holder
// is a user who was disabled after it had shown its credential.
std::expected<domain::Ticket, http::Problem> ticket_of(Request& request, HolderTag& holder,
                                                       const TicketedUrl& url);

}  // namespace signpost::gateway
