#include "s3server/query_parameters.hpp"

#include <algorithm>

#include "base/percent.hpp"
#include "base/try.hpp"

namespace signpost::s3server {
namespace {

std::expected<std::string, s3::Error> decode(std::string_view raw) {
  auto decoded = percent_decode(raw);
  if (!decoded || decoded->contains('\0') || !is_utf8(*decoded))
    return std::unexpected(s3::Error{s3::ErrorCode::InvalidURI});
  return *std::move(decoded);
}

}  // namespace

std::expected<QueryParameters, s3::Error> QueryParameters::parse(std::string_view raw) {
  QueryParameters out;
  while (!raw.empty()) {
    std::string_view pair = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(pair.size() + 1, raw.size()));
    if (pair.empty()) continue;
    auto equals = pair.find('=');
    TRY(std::string name, decode(pair.substr(0, equals)));
    std::string value;
    if (equals != std::string_view::npos) {
      TRY(value, decode(pair.substr(equals + 1)));
    }
    out.parameters_.emplace_back(std::move(name), std::move(value));
  }
  std::vector<std::string_view> names;
  for (const auto& [name, value] : out.parameters_) names.push_back(name);
  std::ranges::sort(names);
  if (auto twice = std::ranges::adjacent_find(names); twice != names.end()) {
    return std::unexpected(s3::Error{s3::ErrorCode::InvalidArgument,
                                     "A query parameter is given more than once.",
                                     {{"ArgumentName", std::string(*twice)}}});
  }
  return out;
}

std::optional<std::string_view> QueryParameters::get(std::string_view name) const {
  for (const auto& [n, value] : parameters_) {
    if (n == name) return value;
  }
  return std::nullopt;
}

}  // namespace signpost::s3server
