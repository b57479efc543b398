#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "domain/principal.hpp"
#include "gateway/request.hpp"

namespace signpost::gateway {

// Who asks, from Authorization: Bearer, the session's cookie and the issuers' cookies. Every one
// that is there must be good (else 401 bad_credential), and all must name the same principal (else
// 400); nothing where there is none. A bearer token counts before cookies, because no other site
// can make a browser send it.
net::Task<std::expected<std::optional<domain::Caller>, http::Problem>> authenticate(
    Services& services, const net::RequestHead& head, UnixSeconds now);

// What authenticate() gives for a request whose one credential is known on this worker, or read
// without waiting: most requests. Nothing where authenticate() has to be asked.
std::optional<domain::Caller> known_caller(const Services& services, const net::RequestHead& head,
                                           UnixSeconds now);

// That caller as the request's credential names it by now, whose groups may be others: 401 where it
// was taken back since. That it has ended since is no matter: it had not when the request came.
net::Task<std::expected<domain::Caller, http::Problem>> authenticate_again(
    Request& request, const domain::Caller& caller);

// The caller that a JSON Web Token names, if one of the issuers made it for us.
net::Task<std::optional<domain::Caller>> caller_of_token(Services& services, std::string_view token,
                                                         UnixSeconds now);

// The token of "Authorization: Bearer TOKEN". Nothing where the field is absent; an error where it
// comes twice, is of another scheme, or holds no token.
enum class BearerError { malformed };
std::expected<std::optional<std::string_view>, BearerError> bearer_token(
    const net::RequestHead& head);

// The value of that cookie; an error where it comes with two values.
enum class CookieError { ambiguous };
std::expected<std::optional<std::string_view>, CookieError> cookie_value(
    const net::RequestHead& head, std::string_view name);

// What the catalog keeps of a session's token.
Sha256Digest session_token_hash(std::string_view token);

}  // namespace signpost::gateway
