#include <boost/json/serialize.hpp>

#include "base/try.hpp"
#include "gateway/file_access.hpp"
#include "gateway/handlers.hpp"
#include "gateway/parameters.hpp"
#include "gateway/problem_response.hpp"
#include "gateway/signed_url.hpp"

namespace signpost::gateway {

net::Task<Outcome> get_url(Request& request, const domain::Caller* caller) {
  CO_TRY(domain::File file, co_await find_ready_file(request, caller));
  CO_TRYV(only_parameters(request.query, {"expires_in", "method", "disposition", "filename"}));
  std::string_view wanted = request.query.get("method").value_or("get");
  if (wanted != "get" && wanted != "head")
    co_return std::unexpected(invalid("method is neither get nor head."));
  std::string_view method = wanted == "head" ? "HEAD" : "GET";
  CO_TRY(SignedUrl url, sign_url(request, caller, file, method));
  boost::json::object body;
  body["url"] = url.url;
  body["method"] = method;
  body["expires_at"] = to_rfc3339(url.life.expires_at);
  co_return json_response(boost::json::serialize(body));
}

}  // namespace signpost::gateway
