#include "gateway/idempotency.hpp"

#include "base/try.hpp"
#include "gateway/problem_response.hpp"
#include "http/idempotency_key.hpp"

namespace signpost::gateway {
namespace {

// A retry has the same target and the same body, byte for byte.
Sha256Digest fingerprint(const net::RequestHead& head, std::string_view body) {
  Sha256 hash;
  hash.update(head.method).update(" ").update(head.target).update("\n").update(body);
  return hash.finish();
}

std::expected<std::optional<domain::KeyedAnswer>, http::Problem> key_of(
    const Request& request, const domain::Caller& caller, std::string_view body) {
  auto field = request.head().field("Idempotency-Key");
  if (!field) return std::nullopt;
  auto key = http::parse_idempotency_key(*field);
  if (!key || request.head().count("Idempotency-Key") != 1)
    return std::unexpected(
        problem(400, "invalid_idempotency_key",
                "Idempotency-Key is not one string of 1 to 255 printable ASCII characters."));
  return domain::KeyedAnswer{.principal = caller.principal,
                             .key = *std::move(key),
                             .request = fingerprint(request.head(), body),
                             .created_at = request.now};
}

std::expected<net::Response, http::Problem> replayed(const domain::KeyedAnswer& key,
                                                     domain::KeyedAnswer kept) {
  if (kept.request != key.request) return std::unexpected(idempotency_key_reused());
  net::Response response = json_response(std::move(kept.body), kept.status);
  if (!kept.location.empty()) response.headers.add("Location", std::move(kept.location));
  return response;
}

}  // namespace

http::Problem idempotency_key_reused() {
  return problem(422, "idempotency_key_reused",
                 "That Idempotency-Key was used for another request.");
}

net::Task<std::expected<Creation, http::Problem>> read_creation(Request& request,
                                                                const domain::Caller& caller,
                                                                std::string_view password) {
  CO_TRY(std::string body, co_await read_json_text(request));
  CO_TRY(JsonFields fields, json_fields(body));
  // A quick hash of a password is one that can be guessed at.
  if (!password.empty()) body = fields.text_without(password);
  CO_TRY(auto key, key_of(request, caller, body));
  Creation creation{.fields = std::move(fields), .key = std::move(key), .replay = std::nullopt};
  if (!creation.key) co_return creation;
  // On this worker: one row by its key (docs/adr/0013).
  auto kept =
      request.shared().catalog.find_keyed_answer(caller.principal, creation.key->key, request.now);
  if (kept) {
    CO_TRY(creation.replay, replayed(*creation.key, *std::move(kept)));
  }
  co_return creation;
}

std::optional<domain::KeyedAnswer> answer_under_key(const Creation& creation,
                                                    const net::Response& response) {
  auto answer = creation.key;
  if (!answer) return answer;
  answer->status = response.status;
  answer->location = response.headers.get("Location").value_or("");
  answer->body = response.body;
  return answer;
}

net::Task<Outcome> conclude(Request& request, const Creation& creation,
                            std::expected<void, domain::CatalogError> created,
                            net::Response response) {
  if (created) co_return response;
  if (created.error() != domain::CatalogError::repeated || !creation.key)
    co_return std::unexpected(to_problem(created.error()));
  auto kept = request.shared().catalog.find_keyed_answer(creation.key->principal, creation.key->key,
                                                         request.now);
  if (!kept) co_return std::unexpected(to_problem(created.error()));  // a day old by now
  CO_TRY(net::Response first, replayed(*creation.key, *std::move(kept)));
  co_return first;
}

}  // namespace signpost::gateway
