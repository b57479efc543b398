#include "gateway/signed_url.hpp"

#include <fmt/format.h>

#include <array>

#include "base/try.hpp"
#include "gateway/parameters.hpp"
#include "gateway/problem_response.hpp"
#include "gateway/url_life.hpp"

namespace signpost::gateway {

std::expected<SignedUrl, http::Problem> sign_url(Request& request, const domain::Caller* caller,
                                                 const domain::File& file,
                                                 std::string_view method) {
  const Options& options = request.shared().options;
  TRY(auto wanted_life, expires_in(request.query));
  TRY(std::string disposition, content_disposition(request.query, file, options.inline_types));
  domain::UrlLifeRequest wanted{.expires_in = wanted_life,
                                .ends_at = caller ? caller->ends_at : std::nullopt,
                                .stable = true};
  TRY(const domain::UrlLife life, url_life(request, wanted));

  // The bytes never change, so a cache may keep them as long as the URL itself is good for.
  std::string cache_control = fmt::format("private, max-age={}", life.expires.count());
  std::string type = type_of(file).text();
  const std::array<sigv4::QueryParameter, 3> query{{
      {"response-cache-control", cache_control},
      {"response-content-disposition", disposition},
      {"response-content-type", type},
  }};
  std::string url = request.services.store.presign({.method = method,
                                                    .key = file.object.key,
                                                    .query = query,
                                                    .signed_fields = {},
                                                    .date = life.date,
                                                    .expires = life.expires});
  return SignedUrl{std::move(url), life};
}

}  // namespace signpost::gateway
