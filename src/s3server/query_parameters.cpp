#include "s3server/query_parameters.hpp"

#include <algorithm>
#include <string>

#include "base/percent.hpp"

namespace signpost::s3server {

// The text itself where nothing in it is encoded. `room` is the whole query's, so that nothing that
// text_ has is moved.
std::optional<std::string_view> QueryParameters::decode(std::string_view raw, std::size_t room) {
  if (!raw.contains('%')) return raw;
  const auto decoded = percent_decode(raw);
  if (!decoded) return std::nullopt;
  text_.reserve(room);
  const std::size_t begin = text_.size();
  text_.insert(text_.end(), decoded->begin(), decoded->end());
  return std::string_view(text_.data() + begin, decoded->size());
}

// Nearly every query is ASCII, which one look at all of it tells.
bool QueryParameters::is_text(std::string_view raw) const {
  const std::string_view decoded(text_.data(), text_.size());
  if (raw.contains('\0') || decoded.contains('\0')) return false;
  if (is_ascii(raw) && is_ascii(decoded)) return true;
  return std::ranges::all_of(parameters_, [](const Pair& parameter) {
    return is_utf8(parameter.first) && is_utf8(parameter.second);
  });
}

std::optional<std::string_view> QueryParameters::repeated() const {
  boost::container::small_vector<std::string_view, 10> names;
  for (const auto& [name, value] : parameters_) names.push_back(name);
  // Those of one size together: most are alone in theirs, and are compared with none.
  std::ranges::sort(names, [](std::string_view a, std::string_view b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  const auto twice = std::ranges::adjacent_find(names);
  return twice == names.end() ? std::nullopt : std::optional(*twice);
}

std::expected<QueryParameters, s3::Error> QueryParameters::parse(std::string_view raw) {
  std::expected<QueryParameters, s3::Error> out(std::in_place, QueryParameters());
  for (std::string_view left = raw; !left.empty();) {
    const std::string_view pair = left.substr(0, left.find('&'));
    left.remove_prefix(std::min(pair.size() + 1, left.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto name = out->decode(pair.substr(0, equals), raw.size());
    const auto value = out->decode(pair.substr(std::min(equals + 1, pair.size())), raw.size());
    if (!name || !value) return std::unexpected(s3::Error{s3::ErrorCode::InvalidURI});
    out->parameters_.emplace_back(*name, *value);
  }
  if (!out->is_text(raw)) return std::unexpected(s3::Error{s3::ErrorCode::InvalidURI});
  if (const auto twice = out->repeated()) {
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
