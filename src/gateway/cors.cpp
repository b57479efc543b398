#include "gateway/cors.hpp"

namespace signpost::gateway {

void add_cors(const Origins& origins, const net::RequestHead& request, net::Headers& headers) {
  headers.add_default("Vary", "Origin");
  auto origin = request.field("Origin");
  if (!origin || request.count("Origin") != 1 || !origins.is_trusted(*origin)) return;
  headers.add("Access-Control-Allow-Origin", *origin);
  headers.add("Access-Control-Allow-Credentials", "true");
  headers.add("Access-Control-Expose-Headers",
              "Accept-Ranges, Allow, Content-Disposition, Content-Range, ETag, Retry-After, "
              "WWW-Authenticate, X-Request-Id");
}

net::Response answer_options(const Origins& origins, const net::RequestHead& request,
                             std::string_view methods) {
  net::Response response{.status = 204, .headers = {}, .body = {}};
  response.headers.add("Allow", methods);
  response.headers.add("Cache-Control", "no-store");
  add_cors(origins, request, response.headers);
  bool preflight = request.field("Access-Control-Request-Method").has_value();
  if (!preflight || !response.headers.get("Access-Control-Allow-Origin")) return response;
  response.headers.add("Access-Control-Allow-Methods", methods);
  response.headers.add("Access-Control-Allow-Headers", origins.script_fields());
  response.headers.add("Access-Control-Max-Age", "600");
  return response;
}

}  // namespace signpost::gateway
