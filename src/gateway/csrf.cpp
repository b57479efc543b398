#include "gateway/csrf.hpp"

#include "gateway/problem_response.hpp"

namespace signpost::gateway {
namespace {

http::Problem cross_site() {
  return problem(403, "cross_site",
                 "This request comes from an origin that may not act for the signed-in user.");
}

}  // namespace

bool is_safe_method(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

std::expected<void, http::Problem> check_same_site(const Origins& origins,
                                                   const net::RequestHead& head) {
  if (head.count("Origin") > 1 || head.count("Sec-Fetch-Site") > 1)
    return std::unexpected(cross_site());
  if (auto origin = head.field("Origin")) {
    if (!origins.is_trusted(*origin)) return std::unexpected(cross_site());
    return {};
  }
  if (head.field("Sec-Fetch-Site") != "same-origin") return std::unexpected(cross_site());
  return {};
}

std::expected<void, http::Problem> check_claimed_origin(const Origins& origins,
                                                        const net::RequestHead& head) {
  if (!head.field("Origin") && !head.field("Sec-Fetch-Site")) return {};
  return check_same_site(origins, head);
}

}  // namespace signpost::gateway
