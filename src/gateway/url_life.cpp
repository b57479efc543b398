#include "gateway/url_life.hpp"

#include <algorithm>

#include "gateway/problem_response.hpp"

namespace signpost::gateway {

std::expected<domain::UrlLife, http::Problem> url_life(Request& request,
                                                       domain::UrlLifeRequest wanted) {
  if (const auto end = request.services.store.credentials_end()) {
    if (*end <= request.now) {
      return std::unexpected(
          problem(503, "store_unavailable", "The object store cannot be used now; try again."));
    }
    wanted.ends_at = std::min(*end, wanted.ends_at.value_or(*end));
  }
  auto life = domain::url_life(request.shared().options.delivery, wanted, request.now);
  if (!life) return std::unexpected(to_problem(life.error()));
  return *life;
}

}  // namespace signpost::gateway
