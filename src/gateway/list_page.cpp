#include "gateway/list_page.hpp"

#include <boost/json/serialize.hpp>

#include "domain/cursor.hpp"
#include "gateway/problem_response.hpp"

namespace signpost::gateway {

http::Problem wrong_cursor() {
  return invalid("cursor is not one of this list.");
}

net::Response list_response(Request& request, std::string_view binding, boost::json::array items,
                            const std::optional<std::string>& next) {
  boost::json::object body;
  body["items"] = std::move(items);
  body["next_cursor"] = nullptr;
  if (next) body["next_cursor"] = domain::seal_cursor(request.shared().cursor_key, binding, *next);
  return json_response(boost::json::serialize(body));
}

}  // namespace signpost::gateway
