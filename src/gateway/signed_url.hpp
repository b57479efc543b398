#pragma once

#include <expected>
#include <string>

#include "domain/delivery.hpp"
#include "gateway/request.hpp"

namespace signpost::gateway {

struct SignedUrl {
  std::string url;
  domain::UrlLife life;
};

// A URL pre-signed for that method ("GET" or "HEAD") and file, with what a browser will do with
// the bytes signed in (API.md, rules of delivery 1 and 2). Reads the request's expires_in,
// disposition and filename; 400 where one is wrong. It ends with the caller's credential; nobody
// (null) has none that could.
std::expected<SignedUrl, http::Problem> sign_url(Request& request, const domain::Caller* caller,
                                                 const domain::File& file, std::string_view method);

}  // namespace signpost::gateway
