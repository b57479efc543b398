#include "s3server/query_parameters.hpp"

#include <algorithm>
#include <string>

#include "base/percent.hpp"
#include "base/try.hpp"

namespace signpost::s3server {

// There is room for all of the query: nothing that text_ has is moved.
std::expected<std::string_view, s3::Error> QueryParameters::add_decoded(std::string_view raw) {
  const std::size_t begin = text_.size();
  if (raw.contains('%')) {
    auto decoded = percent_decode(raw);
    if (!decoded) return std::unexpected(s3::Error{s3::ErrorCode::InvalidURI});
    text_.insert(text_.end(), decoded->begin(), decoded->end());
  } else {
    text_.insert(text_.end(), raw.begin(), raw.end());
  }
  return std::string_view(text_.data() + begin, text_.size() - begin);
}

// Nearly every query is ASCII, which one look at all of it tells.
bool QueryParameters::is_text() const {
  const std::string_view all(text_.data(), text_.size());
  if (all.contains('\0')) return false;
  return is_ascii(all) || std::ranges::all_of(parameters_, [](const auto& parameter) {
           return is_utf8(parameter.first) && is_utf8(parameter.second);
         });
}

std::expected<QueryParameters, s3::Error> QueryParameters::parse(std::string_view raw) {
  QueryParameters out;
  out.text_.reserve(raw.size());
  out.parameters_.reserve(static_cast<std::size_t>(std::ranges::count(raw, '&')) + 1);
  while (!raw.empty()) {
    std::string_view pair = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(pair.size() + 1, raw.size()));
    if (pair.empty()) continue;
    auto equals = pair.find('=');
    TRY(const std::string_view name, out.add_decoded(pair.substr(0, equals)));
    std::string_view value;
    if (equals != std::string_view::npos) {
      TRY(value, out.add_decoded(pair.substr(equals + 1)));
    }
    out.parameters_.emplace_back(name, value);
  }
  if (!out.is_text()) return std::unexpected(s3::Error{s3::ErrorCode::InvalidURI});
  std::vector<std::string_view> names;
  names.reserve(out.parameters_.size());
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
