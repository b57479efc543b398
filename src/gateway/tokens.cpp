// API tokens: made, listed, revoked.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/random.hpp"
#include "base/try.hpp"
#include "domain/api_token.hpp"
#include "gateway/handlers.hpp"
#include "gateway/idempotency.hpp"
#include "gateway/json_body.hpp"
#include "gateway/list_page.hpp"
#include "gateway/parameters.hpp"
#include "gateway/problem_response.hpp"

namespace signpost::gateway {
namespace {

constexpr std::size_t id_random_bytes = 12;
constexpr std::size_t name_bytes = 128;
constexpr std::size_t scope_bytes = 16;

boost::json::object to_json(const domain::ApiToken& token) {
  boost::json::array scopes;
  for (std::string_view name : token.scopes.names()) scopes.emplace_back(name);
  boost::json::object out;
  out["id"] = token.id;
  out["name"] = token.name;
  out["principal"] = token.principal.text();
  out["scopes"] = std::move(scopes);
  out["created_at"] = to_rfc3339(token.created_at);
  out["expires_at"] = nullptr;
  if (token.expires_at) out["expires_at"] = to_rfc3339(*token.expires_at);
  return out;
}

std::expected<domain::Scopes, http::Problem> asked_scopes(const std::vector<std::string>& names) {
  domain::Scopes out;
  for (const std::string& name : names) {
    auto scope = domain::parse_scope(name);
    if (!scope) return std::unexpected(invalid("A scope is not read, write, share or admin."));
    out.add(*scope);
  }
  return out;
}

// A token can do no more than whoever makes it, then or later: `admin` needs a local admin, whose
// state the catalog knows at each use; that of an issuer's user it could not look up.
std::expected<void, http::Problem> check_scopes(domain::Scopes asked,
                                                const domain::Caller& caller) {
  for (domain::Scope scope : domain::all_scopes)
    if (asked.has(scope) && !caller.scopes.has(scope))
      return std::unexpected(insufficient_scope(scope));
  bool local_admin = caller.admin && caller.principal.issuer() == domain::local_issuer;
  if (asked.has(domain::Scope::admin) && !local_admin)
    return std::unexpected(
        problem(403, "insufficient_scope", "Only a local admin's token can have the scope admin."));
  return {};
}

std::expected<domain::ApiToken, http::Problem> read_new_token(JsonFields fields,
                                                              const domain::Caller& caller,
                                                              UnixSeconds now) {
  std::string name = fields.required_text("name", name_bytes);
  auto scope_names = fields.required_texts("scopes", domain::all_scopes.size(), scope_bytes);
  auto expires_in = fields.duration("expires_in");
  TRYV(fields.finish());
  TRY(domain::Scopes scopes, asked_scopes(scope_names));
  TRYV(check_scopes(scopes, caller));
  std::optional<UnixSeconds> end;
  if (expires_in) end = now + *expires_in;
  // What a token makes ends with it; what a signed-in user makes outlives the session.
  if (caller.token_id && caller.ends_at)
    end = std::min(end.value_or(*caller.ends_at), *caller.ends_at);
  return domain::ApiToken{.id = random_hex(id_random_bytes),
                          .name = std::move(name),
                          .principal = caller.principal,
                          .scopes = scopes,
                          .parent = caller.token_id,
                          .created_at = now,
                          .expires_at = end};
}

std::string list_binding(const domain::Caller& caller, const domain::Principal& principal) {
  return "tokens\n" + caller.principal.text() + "\n" + principal.text();
}

}  // namespace

net::Task<Outcome> create_token(Request& request, const domain::Caller& caller) {
  CO_TRY(Creation creation, co_await read_creation(request, caller));
  if (creation.replay) co_return *std::move(creation.replay);
  CO_TRY(domain::ApiToken token, read_new_token(std::move(creation.fields), caller, request.now));
  Secret text = domain::make_api_token(random_bytes(domain::api_token_random_bytes));
  boost::json::object body = to_json(token);
  // Its text is shown once, and so a repetition says which token it was, and not the text.
  body["token"] = nullptr;
  auto answer = answer_under_key(creation, json_response(boost::json::serialize(body), 201));
  body["token"] = text.reveal();
  Shared& shared = request.shared();
  auto store = [&] {
    return shared.catalog.create_api_token(token, domain::api_token_hash(text.reveal()), answer);
  };
  auto stored = co_await shared.pool.run(store);
  // The token that asks was revoked meanwhile, or the user disabled.
  if (!stored && stored.error() == domain::CatalogError::not_found)
    co_return std::unexpected(bad_credential());
  net::Response response = json_response(boost::json::serialize(body), 201);
  co_return co_await conclude(request, creation, stored, std::move(response));
}

// An admin may ask for another's by `principal`.
net::Task<Outcome> list_tokens(Request& request, const domain::Caller& caller) {
  CO_TRYV(only_parameters(request.query, {"limit", "cursor", "principal"}));
  CO_TRY(domain::Principal principal, asked_principal(request.query, caller));
  std::string binding = list_binding(caller, principal);
  CO_TRY(std::size_t limit, list_limit(request.query));
  CO_TRY(auto after, list_position(request, binding));
  Shared& shared = request.shared();
  auto list = [&] { return shared.catalog.list_api_tokens(principal, limit, after, request.now); };
  auto page = co_await shared.pool.run(list);
  if (!page) co_return std::unexpected(wrong_cursor());
  boost::json::array items;
  for (const domain::ApiToken& token : page->items) items.emplace_back(to_json(token));
  co_return list_response(request, binding, std::move(items), page->next);
}

// Another's token is one that does not exist, but for an admin.
net::Task<Outcome> delete_token(Request& request, const domain::Caller& caller) {
  CO_TRYV(only_parameters(request.query, {}));
  Shared& shared = request.shared();
  const domain::Principal* owner = caller.admin ? nullptr : &caller.principal;
  auto erase = [&] { return shared.catalog.delete_api_token(request.path.get("id"), owner); };
  bool erased = co_await shared.pool.run(erase);
  if (!erased) co_return std::unexpected(not_found());
  co_return net::Response{.status = 204, .headers = {}, .body = {}};
}

}  // namespace signpost::gateway
