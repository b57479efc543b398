#include "gateway/page.hpp"

#include <fmt/format.h>

#include "gateway/handlers.hpp"
#include "gateway/problem_response.hpp"
#include "http/conditional.hpp"
#include "web/assets.hpp"

namespace signpost::gateway {
bool is_page(std::string_view path) {
  return web::find_asset(path) != nullptr;
}

std::string page_security_policy(std::string_view store_origin) {
  return fmt::format(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: {0}; "
      "connect-src 'self' {0}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      store_origin);
}

net::Task<Outcome> get_page(Request& request) {
  const web::Asset* asset = web::find_asset(request.head().path);
  if (!asset) co_return std::unexpected(not_found());
  net::Response response;
  response.headers.add("ETag", asset->etag);
  response.headers.add("Cache-Control",
                       asset->immutable ? "public, max-age=31536000, immutable" : "no-cache");
  http::Preconditions conditions;
  conditions.if_none_match = request.head().field("If-None-Match");
  http::Validators current{.exists = true,
                           .etag = http::ETag::parse(asset->etag).value_or(http::ETag{}),
                           .last_modified = {}};
  auto verdict =
      http::evaluate_preconditions(http::MethodKind::get_or_head, conditions, current, request.now);
  if (verdict == http::PreconditionVerdict::not_modified) {
    response.status = 304;
    co_return response;
  }
  response.headers.add("Content-Type", asset->content_type);
  response.headers.add("Content-Security-Policy",
                       page_security_policy(request.services.store.public_origin()));
  response.headers.add("Cross-Origin-Opener-Policy", "same-origin");
  response.body = std::string(asset->bytes);
  co_return response;
}

}  // namespace signpost::gateway
