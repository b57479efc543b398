#include "s3server/cors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/ascii.hpp"
#include "s3server/call.hpp"

namespace signpost::s3server {
namespace {

constexpr std::size_t cached_configurations = 256;

std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    item = trim(item);
    if (!item.empty()) out.push_back(item);
  }
  return out;
}

void add_grant(net::Headers& headers, const s3::CorsMatch& match) {
  const s3::CorsRule& rule = *match.rule;
  headers.add("Access-Control-Allow-Origin", match.allow_origin);
  headers.add("Access-Control-Allow-Methods",
              fmt::format("{}", fmt::join(rule.allowed_methods, ", ")));
  if (!rule.expose_headers.empty())
    headers.add("Access-Control-Expose-Headers",
                fmt::format("{}", fmt::join(rule.expose_headers, ", ")));
  if (rule.max_age_seconds)
    headers.add("Access-Control-Max-Age", std::to_string(*rule.max_age_seconds));
  if (match.credentials) headers.add("Access-Control-Allow-Credentials", "true");
}

}  // namespace

std::shared_ptr<const s3::CorsConfiguration> CorsCache::find(const storage::BucketInfo& bucket) {
  if (!bucket.cors) return nullptr;
  if (auto found = by_version_.find(bucket.cors_version); found != by_version_.end())
    return found->second;
  // It was parsed before it was stored; should that ever fail now, nothing is granted.
  auto parsed = s3::parse_cors(*bucket.cors);
  auto configuration = parsed ? std::make_shared<const s3::CorsConfiguration>(*std::move(parsed))
                              : std::make_shared<const s3::CorsConfiguration>();
  if (by_version_.size() >= cached_configurations) by_version_.clear();
  by_version_.emplace(bucket.cors_version, configuration);
  return configuration;
}

net::Headers cors_headers(const net::RequestHead& head,
                          const s3::CorsConfiguration& configuration) {
  net::Headers headers;
  headers.add("Vary", std::string(cors_vary));
  auto origin = head.field("Origin");
  if (!origin || head.count("Origin") != 1) return headers;
  std::string_view method = head.field("Access-Control-Request-Method").value_or(head.method);
  if (auto match = s3::match(configuration, *origin, method, {})) add_grant(headers, *match);
  return headers;
}

std::expected<net::Headers, Failure> preflight(const net::RequestHead& head,
                                               const s3::CorsConfiguration* configuration) {
  constexpr std::array<std::string_view, 5> methods = {"GET", "PUT", "POST", "DELETE", "HEAD"};
  auto origin = head.field("Origin");
  if (!origin || origin->empty() || head.count("Origin") != 1)
    return std::unexpected(Failure(s3::ErrorCode::BadRequest,
                                   "Insufficient information. Origin request header needed."));
  std::string_view method = head.field("Access-Control-Request-Method").value_or("null");
  if (std::ranges::find(methods, method) == methods.end())
    return std::unexpected(
        Failure(s3::ErrorCode::BadRequest,
                fmt::format("Invalid Access-Control-Request-Method: {}", method.substr(0, 32))));
  if (configuration == nullptr)
    return std::unexpected(Failure(s3::ErrorCode::AccessForbidden,
                                   "CORSResponse: CORS is not enabled for this bucket."));
  auto requested = joined_field(head, "Access-Control-Request-Headers").value_or("");
  std::vector<std::string_view> names = split_list(requested);
  auto match = s3::match(*configuration, *origin, method, names);
  if (!match)
    return std::unexpected(
        Failure(s3::ErrorCode::AccessForbidden,
                "CORSResponse: No rule of the bucket's CORS configuration matches the origin, the "
                "method and every header asked for."));
  net::Headers headers;
  add_grant(headers, *match);
  if (!names.empty())
    headers.add("Access-Control-Allow-Headers",
                to_lower(fmt::format("{}", fmt::join(names, ", "))));
  return headers;
}

}  // namespace signpost::s3server
