#include "gateway/problem_response.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

namespace signpost::gateway {

http::Problem problem(unsigned status, std::string_view code, std::string detail) {
  return {.status = status,
          .title = std::string(net::reason_phrase(status)),
          .code = std::string(code),
          .detail = std::move(detail)};
}

http::Problem not_found() {
  return problem(404, "not_found", "There is nothing here that you may see.");
}

http::Problem credential_needed() {
  return problem(401, "credential_needed", "Sign in, or send a bearer token.");
}

http::Problem bad_credential() {
  return problem(401, "bad_credential",
                 "The credential was not accepted: it is malformed, has expired or was withdrawn.");
}

http::Problem insufficient_scope(domain::Scope needed) {
  return problem(403, "insufficient_scope",
                 fmt::format("The token has not the scope {}.", domain::to_text(needed)));
}

http::Problem too_many_requests(std::chrono::seconds retry_after) {
  http::Problem out =
      problem(429, "too_many_requests",
              fmt::format("Too many requests; try again in {} seconds.", retry_after.count()));
  out.retry_after = static_cast<unsigned>(retry_after.count());
  return out;
}

http::Problem too_many_passwords() {
  return problem(503, "busy", "Too many are signing in now; try again.");
}

http::Problem invalid(std::string detail) {
  return problem(400, "invalid_request", std::move(detail));
}

http::Problem to_problem(domain::Decision decision) {
  switch (decision) {
    case domain::Decision::allow:
      break;
    case domain::Decision::unauthenticated:
      return credential_needed();
    case domain::Decision::not_found:
      return not_found();
    case domain::Decision::forbidden:
      return problem(403, "forbidden",
                     "Only an admin creates for another owner, or of an object that exists.");
  }
  std::abort();
}

http::Problem to_problem(domain::UploadError error) {
  std::string detail(domain::explain(error));
  switch (error) {
    case domain::UploadError::too_large:
      return problem(422, "too_large", std::move(detail));
    case domain::UploadError::too_large_for_put:
      return problem(422, "too_large_for_put", std::move(detail));
    case domain::UploadError::bad_sha256:
      return problem(400, "invalid_request", std::move(detail));
    case domain::UploadError::not_implemented:
      return problem(422, "upload_type_not_offered", std::move(detail));
  }
  std::abort();
}

http::Problem to_problem(domain::CatalogError error) {
  switch (error) {
    case domain::CatalogError::taken:
      return problem(409, "taken", "That id is taken.");
    case domain::CatalogError::object_taken:
      return problem(409, "object_taken",
                     "That object has an entry already, or is about to be deleted.");
    case domain::CatalogError::not_found:
      return not_found();
    case domain::CatalogError::wrong_state:
      return problem(409, "not_pending", "The file's upload has ended already.");
    case domain::CatalogError::too_many:
      return problem(409, "too_many", "You have as many of these as one may have.");
    case domain::CatalogError::last_admin:
      return problem(409, "last_admin", "No admin would remain that is not disabled.");
    case domain::CatalogError::no_album:
      return problem(422, "no_such_album",
                     "There is no album of that id that you may put this file into.");
    case domain::CatalogError::repeated:
      return problem(409, "idempotency_key_in_use",
                     "A request with this Idempotency-Key is being answered; send it again.");
    case domain::CatalogError::too_many_keys: {
      http::Problem out =
          problem(429, "too_many_idempotency_keys",
                  "As many of your Idempotency-Keys are remembered as may be; each is for a day.");
      out.retry_after = 3600;
      return out;
    }
  }
  std::abort();
}

http::Problem to_problem(domain::DeliveryError error) {
  switch (error) {
    case domain::DeliveryError::unknown_delivery:
      return invalid("delivery is neither redirect nor proxy.");
    case domain::DeliveryError::override_not_allowed:
      return problem(403, "delivery_not_allowed",
                     "This server does not let a request choose its delivery.");
  }
  std::abort();
}

http::Problem to_problem(domain::UrlLifeError error) {
  switch (error) {
    case domain::UrlLifeError::not_positive:
      return invalid("expires_in is below one second.");
    case domain::UrlLifeError::already_ended:
      return bad_credential();
  }
  std::abort();
}

http::Problem to_problem(http::QueryError error) {
  switch (error) {
    case http::QueryError::malformed:
      return invalid("The query has a broken escape, a control character, or is not UTF-8.");
    case http::QueryError::duplicate:
      return invalid("A query parameter comes more than once.");
    case http::QueryError::too_many:
      return invalid("The query has more than 50 parameters.");
  }
  std::abort();
}

http::Problem to_problem(net::BodyError error) {
  switch (error) {
    case net::BodyError::disconnected:
      throw net::ClientGone{};
    case net::BodyError::timed_out:
      return problem(408, "body_timed_out", "The body came too slowly.");
    case net::BodyError::malformed:
      return problem(400, "malformed_body", "Chunking is broken.");
    case net::BodyError::too_large:
      return problem(413, "body_too_large", "The body is too large.");
  }
  std::abort();
}

net::Response to_response(const http::Problem& problem) {
  net::Response response{.status = problem.status, .headers = {}, .body = problem.to_json()};
  response.headers.add("Content-Type", http::problem_media_type);
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("Referrer-Policy", "no-referrer");
  // What is down may be back in a moment: nobody has to guess how soon to ask again.
  const unsigned wait =
      problem.status == 503 ? std::max(problem.retry_after, 1u) : problem.retry_after;
  if (wait > 0) response.headers.add("Retry-After", std::to_string(wait));
  if (problem.code == "insufficient_scope")
    response.headers.add("WWW-Authenticate",
                         R"(Bearer realm="signpost", error="insufficient_scope")");
  if (problem.status == 401) {
    bool bad = problem.code == "bad_credential";
    response.headers.add(
        "WWW-Authenticate",
        bad ? R"(Bearer realm="signpost", error="invalid_token")" : R"(Bearer realm="signpost")");
  }
  return response;
}

http::Problem refused(unsigned status, std::string_view detail) {
  return problem(status, "malformed_request", std::string(detail));
}

http::Problem failed(const std::exception& error) {
  const auto* system = dynamic_cast<const std::system_error*>(&error);
  if (system && system->code() == std::errc::no_space_on_device)
    return problem(507, "disk_full", "The server's disk is full; nothing was changed.");
  if (system && system->code() == std::errc::io_error)
    return problem(503, "disk_failed", "The server's disk fails; try again.");
  return problem(500, "internal_error", "The server failed; its log has the cause.");
}

}  // namespace signpost::gateway
