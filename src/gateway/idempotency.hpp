#pragma once

#include <expected>
#include <optional>

#include "domain/keyed_answer.hpp"
#include "gateway/json_body.hpp"
#include "gateway/request.hpp"

namespace signpost::gateway {

// A request that creates something, its body read. Every handler of such a one begins with
// read_creation() and ends with conclude(), and hands answer_under_key() to the catalog in between
// (docs/adr/0017).
struct Creation {
  JsonFields fields;
  // Where an Idempotency-Key came along: whose, which, and of what request.
  std::optional<domain::KeyedAnswer> key;
  // Its answer, where that was given before: the handler does nothing but send it.
  std::optional<net::Response> replay;
};

// 400 for an Idempotency-Key that is none, 422 where it was used for another request, and what
// read_json() answers. `password` names the field that holds one: what the catalog keeps of the
// request then says nothing of it, and the handler has to compare it.
net::Task<std::expected<Creation, http::Problem>> read_creation(Request& request,
                                                                const domain::Caller& caller,
                                                                std::string_view password = {});

// 422: the key was used for another request.
http::Problem idempotency_key_reused();

// What the catalog keeps of the response; nothing where there is no key. Leave out what is shown
// only once: it is kept as it stands.
std::optional<domain::KeyedAnswer> answer_under_key(const Creation& creation,
                                                    const net::Response& response);

// The outcome, by what the catalog said: the response; or what another request with the same key
// was answered, which was faster; or the error.
net::Task<Outcome> conclude(Request& request, const Creation& creation,
                            std::expected<void, domain::CatalogError> created,
                            net::Response response);

}  // namespace signpost::gateway
