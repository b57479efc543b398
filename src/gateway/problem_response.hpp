#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "domain/access.hpp"
#include "domain/catalog.hpp"
#include "domain/delivery.hpp"
#include "domain/upload.hpp"
#include "http/problem.hpp"
#include "http/query.hpp"
#include "net/exchange.hpp"
#include "net/message.hpp"

// Where every error of the modules below becomes a status: the only such place of the gateway.
namespace signpost::gateway {

// With the status's own title.
http::Problem problem(unsigned status, std::string_view code, std::string detail);

// The 404 of whatever does not exist and of whatever the caller may not know of: one text.
http::Problem not_found();
// The 401 of whoever showed no credential.
http::Problem credential_needed();
// The 401 of a credential that is no good; why is not told.
http::Problem bad_credential();
// The 403 of a token that is not good for what is asked.
http::Problem insufficient_scope(domain::Scope needed);
// The 429 of who asks too often, with when to ask again.
http::Problem too_many_requests(std::chrono::seconds retry_after);
// The 503 of who would have to wait too long for a password's slow hash.
http::Problem too_many_passwords();
// 400 invalid_request.
http::Problem invalid(std::string detail);

// Decision::allow is no problem: a broken invariant.
http::Problem to_problem(domain::Decision decision);
http::Problem to_problem(domain::UploadError error);
http::Problem to_problem(domain::CatalogError error);
http::Problem to_problem(domain::DeliveryError error);
http::Problem to_problem(domain::UrlLifeError error);
http::Problem to_problem(http::QueryError error);
// Throws net::ClientGone for `disconnected`: nobody is left to answer.
http::Problem to_problem(net::BodyError error);

net::Response to_response(const http::Problem& problem);

// What the server answers before a handler is reached.
http::Problem refused(unsigned status, std::string_view detail);
// What it answers to an exception: 507 where the disk is full, 503 where it fails, else 500. Says
// nothing of the cause.
http::Problem failed(const std::exception& error);

}  // namespace signpost::gateway
