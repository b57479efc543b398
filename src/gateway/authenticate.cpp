#include "gateway/authenticate.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/try.hpp"
#include "gateway/problem_response.hpp"
#include "http/cookie.hpp"

namespace signpost::gateway {
namespace {

std::optional<domain::Caller> caller_of_claims(const TokenIssuer& issuer,
                                               const jwt::Claims& claims) {
  auto principal = domain::Principal::user(claims.issuer_name, claims.subject);
  if (!principal) return std::nullopt;
  domain::Caller caller{.principal = *std::move(principal),
                        .groups = {},
                        .admin = false,
                        .authentication = domain::Authentication::bearer_token,
                        .ends_at = claims.expires_at};
  for (const std::string& name : claims.groups) {
    if (auto group = domain::Group::of(claims.issuer_name, name))
      caller.groups.push_back(*std::move(group));
    if (std::ranges::find(issuer.admin_groups, name) != issuer.admin_groups.end())
      caller.admin = true;
  }
  return caller;
}

// Null where these keys have not verified that token on this worker, or not lately enough.
const domain::Caller* remembered(const Services& services, const IssuerKeys& keys,
                                 const TokenCache::Name& token, UnixSeconds now) {
  auto snapshot = keys.current();
  if (!snapshot) return nullptr;
  return services.tokens.find(token, keys, snapshot->generation, now);
}

// The same, whichever issuer's keys did.
const domain::Caller* remembered(const Services& services, std::string_view token,
                                 UnixSeconds now) {
  const TokenCache::Name name = services.tokens.name_of(token);
  for (const auto& keys : services.shared.issuers)
    if (const auto* caller = remembered(services, *keys, name, now)) return caller;
  return nullptr;
}

// unknown_key also where there are no keys at all.
std::expected<domain::Caller, jwt::JwtError> verify(Services& services, const IssuerKeys& keys,
                                                    std::string_view token, UnixSeconds now) {
  auto snapshot = keys.current();
  if (!snapshot) return std::unexpected(jwt::JwtError::unknown_key);
  TRY(jwt::Claims claims, snapshot->verifier.verify(token, now));
  auto caller = caller_of_claims(keys.issuer(), claims);
  if (!caller) return std::unexpected(jwt::JwtError::bad_subject);
  services.tokens.keep(services.tokens.name_of(token), keys, snapshot->generation, *caller);
  return *std::move(caller);
}

// Of a token whose "iss" is that issuer's.
net::Task<std::optional<domain::Caller>> caller_of_issuer(Services& services, IssuerKeys& keys,
                                                          std::string_view token, UnixSeconds now) {
  auto caller = verify(services, keys, token, now);
  // There may be new keys. Only a token of which nothing can be said without them waits.
  if (!caller && caller.error() == jwt::JwtError::unknown_key && co_await keys.renewed())
    caller = verify(services, keys, token, now);
  if (!caller) co_return std::nullopt;
  co_return *std::move(caller);
}

// Whether anybody can still say that somebody is this principal: its issuer, or the app, stands in
// the configuration. What they once vouched for (a session, an API token) ends with them.
bool has_issuer(const Shared& shared, const domain::Principal& principal) {
  const std::string_view name = principal.issuer();
  auto is_issuer = [&](const auto& keys) { return keys->trusted().name == name; };
  auto is_app = [&](const ForwardOptions& app) { return app.name == name; };
  return name == domain::local_issuer || std::ranges::any_of(shared.issuers, is_issuer) ||
         std::ranges::any_of(shared.options.forwards, is_app);
}

// These two read on this worker: one row by its key costs less than the way to the pool and back
// (docs/adr/0013).
std::optional<domain::Caller> caller_of_session(Shared& shared, std::string_view token,
                                                UnixSeconds now) {
  auto session = shared.catalog.find_session(session_token_hash(token), now);
  if (!session || !has_issuer(shared, session->principal)) return std::nullopt;
  return domain::Caller{.principal = session->principal,
                        .groups = session->groups,
                        .admin = session->admin,
                        .authentication = domain::Authentication::session_cookie,
                        .ends_at = session->expires_at,
                        .session_id = session->id};
}

std::optional<domain::Caller> caller_of_api_token(Shared& shared, std::string_view text,
                                                  UnixSeconds now) {
  if (!domain::is_api_token(text)) return std::nullopt;
  auto token = shared.catalog.find_api_token(domain::api_token_hash(text), now);
  if (!token || !has_issuer(shared, token->principal)) return std::nullopt;
  return domain::Caller{.principal = token->principal,
                        .groups = {},
                        .admin = token->admin && token->scopes.has(domain::Scope::admin),
                        .authentication = domain::Authentication::bearer_token,
                        .ends_at = token->expires_at,
                        .scopes = token->scopes,
                        .token_id = token->id};
}

// Whom a bearer token names: an API token of ours, or an issuer's.
net::Task<std::optional<domain::Caller>> caller_of_bearer(Services& services,
                                                          std::string_view token, UnixSeconds now) {
  if (token.starts_with(domain::api_token_prefix))
    co_return caller_of_api_token(services.shared, token, now);
  co_return co_await caller_of_token(services, token, now);
}

// Whom the token in that cookie names to one of the issuers that take theirs from it.
net::Task<std::optional<domain::Caller>> caller_of_cookie(Services& services,
                                                          std::string_view cookie,
                                                          std::string_view token, UnixSeconds now) {
  const TokenCache::Name name = services.tokens.name_of(token);
  for (const auto& keys : services.shared.issuers) {
    if (keys->issuer().cookie != cookie) continue;
    if (const auto* caller = remembered(services, *keys, name, now)) co_return *caller;
    if (jwt::unverified_issuer(token) != keys->trusted().issuer) continue;
    auto caller = co_await caller_of_issuer(services, *keys, token, now);
    if (caller) co_return caller;
  }
  co_return std::nullopt;
}

// The cookies that issuers take their tokens from, each once.
std::vector<std::string_view> issuer_cookies(const Shared& shared) {
  std::vector<std::string_view> out;
  for (const auto& keys : shared.issuers) {
    std::string_view cookie = keys->issuer().cookie;
    if (!cookie.empty() && std::ranges::find(out, cookie) == out.end()) out.push_back(cookie);
  }
  return out;
}

// Every credential found so far, of which the first is kept.
class Findings {
 public:
  // False where the credential is bad.
  bool add(std::optional<domain::Caller> found) {
    if (!found) return false;
    if (!caller_) {
      caller_ = std::move(found);
    } else {
      conflict_ = conflict_ || caller_->principal != found->principal;
    }
    return true;
  }
  bool empty() const { return !caller_; }
  std::expected<std::optional<domain::Caller>, http::Problem> finish() && {
    if (conflict_)
      return std::unexpected(problem(400, "conflicting_credentials",
                                     "The request's credentials name different principals."));
    return std::move(caller_);
  }

 private:
  std::optional<domain::Caller> caller_;
  bool conflict_ = false;
};

// Whether Authorization is for an app that reads it: of another scheme, or a bearer token that is
// neither an API token nor of an issuer.
bool is_authorization_of_app(
    const Services& services, const net::RequestHead& head,
    const std::expected<std::optional<std::string_view>, BearerError>& token) {
  if (head.count("Authorization") != 1) return false;
  if (!std::ranges::any_of(services.forwards, &AppForward::takes_authorization)) return false;
  if (!token) return true;
  if ((*token)->starts_with(domain::api_token_prefix)) return false;
  auto issuer = jwt::unverified_issuer(**token);
  return !issuer || std::ranges::none_of(services.shared.issuers, [&](const auto& keys) {
    return keys->trusted().issuer == *issuer;
  });
}

// Every app that reads something of the request is asked; 503 where one gives no answer.
net::Task<std::expected<void, http::Problem>> ask_apps(Services& services,
                                                       const net::RequestHead& head,
                                                       Findings& findings) {
  for (AppForward& app : services.forwards) {
    if (!app.applies(head)) continue;
    AppForward::Word word = co_await app.ask(head);
    if (!word.answered) {
      http::Problem down =
          problem(503, "auth_unavailable", "Who asks could not be found out now; try again.");
      co_return std::unexpected(std::move(down));
    }
    if (word.caller) findings.add(std::move(word.caller));
  }
  co_return std::expected<void, http::Problem>();
}

}  // namespace

std::expected<std::optional<std::string_view>, BearerError> bearer_token(
    const net::RequestHead& head) {
  auto field = head.field("Authorization");
  if (!field) return std::nullopt;
  auto space = field->find(' ');
  if (head.count("Authorization") != 1 || space == std::string_view::npos ||
      !equal_ignoring_case(field->substr(0, space), "Bearer"))
    return std::unexpected(BearerError::malformed);
  std::string_view token = trim(field->substr(space + 1));
  if (token.empty()) return std::unexpected(BearerError::malformed);
  return token;
}

std::expected<std::optional<std::string_view>, CookieError> cookie_value(
    const net::RequestHead& head, std::string_view name) {
  std::vector<http::CookiePair> cookies;
  for (const FieldView& field : head.fields)
    if (equal_ignoring_case(field.name, "Cookie"))
      for (http::CookiePair cookie : http::parse_cookies(field.value)) cookies.push_back(cookie);
  if (std::ranges::find(cookies, name, &http::CookiePair::name) == cookies.end())
    return std::nullopt;
  auto value = http::find_cookie(cookies, name);
  if (!value) return std::unexpected(CookieError::ambiguous);
  return value;
}

Sha256Digest session_token_hash(std::string_view token) {
  return sha256(token);
}

net::Task<std::optional<domain::Caller>> caller_of_token(Services& services, std::string_view token,
                                                         UnixSeconds now) {
  if (const auto* caller = remembered(services, token, now)) co_return *caller;
  auto name = jwt::unverified_issuer(token);
  if (!name) co_return std::nullopt;
  for (const auto& keys : services.shared.issuers) {
    if (keys->trusted().issuer != *name) continue;
    auto caller = co_await caller_of_issuer(services, *keys, token, now);
    if (caller) co_return caller;
  }
  co_return std::nullopt;
}

std::optional<domain::Caller> known_caller(const Services& services, const net::RequestHead& head,
                                           UnixSeconds now) {
  Shared& shared = services.shared;
  const bool has_cookies = head.field("Cookie").has_value();
  if (!head.field("Authorization")) {
    auto names_caller = [](const auto& keys) { return !keys->issuer().cookie.empty(); };
    if (!has_cookies || std::ranges::any_of(shared.issuers, names_caller)) return std::nullopt;
    auto session = cookie_value(head, shared.session_cookie);
    if (!session || !*session) return std::nullopt;
    return caller_of_session(shared, **session, now);
  }
  auto token = bearer_token(head);
  if (has_cookies || !token || !*token) return std::nullopt;
  if ((*token)->starts_with(domain::api_token_prefix))
    return caller_of_api_token(shared, **token, now);
  const domain::Caller* caller = remembered(services, **token, now);
  return caller ? std::optional(*caller) : std::nullopt;
}

net::Task<std::expected<std::optional<domain::Caller>, http::Problem>> authenticate(
    Services& services, const net::RequestHead& head, UnixSeconds now) {
  Shared& shared = services.shared;
  Findings findings;

  auto token = bearer_token(head);
  bool not_ours = is_authorization_of_app(services, head, token);
  if (!token && !not_ours) co_return std::unexpected(bad_credential());
  if (!not_ours && *token) {
    auto found = co_await caller_of_bearer(services, **token, now);
    if (!findings.add(std::move(found))) co_return std::unexpected(bad_credential());
  }

  auto session = cookie_value(head, shared.session_cookie);
  if (!session) co_return std::unexpected(bad_credential());
  if (*session) {
    auto found = caller_of_session(shared, **session, now);
    if (!findings.add(std::move(found))) co_return std::unexpected(bad_credential());
  }

  for (std::string_view cookie : issuer_cookies(shared)) {
    auto value = cookie_value(head, cookie);
    if (!value) co_return std::unexpected(bad_credential());
    if (!*value) continue;
    auto found = co_await caller_of_cookie(services, cookie, **value, now);
    if (found) found->authentication = domain::Authentication::issuer_cookie;
    if (!findings.add(std::move(found))) co_return std::unexpected(bad_credential());
  }
  // Its own word stands before what an app makes of the same request.
  if (findings.empty()) CO_TRYV(co_await ask_apps(services, head, findings));
  co_return std::move(findings).finish();
}

net::Task<std::expected<domain::Caller, http::Problem>> authenticate_again(
    Request& request, const domain::Caller& caller) {
  std::expected<std::optional<domain::Caller>, http::Problem> found =
      known_caller(request.services, request.head(), request.now);
  if (!*found) found = co_await authenticate(request.services, request.head(), request.now);
  if (!found) co_return std::unexpected(std::move(found).error());
  if (!*found || (*found)->principal != caller.principal)
    co_return std::unexpected(bad_credential());
  co_return **std::move(found);
}

}  // namespace signpost::gateway
