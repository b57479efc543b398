#include "s3server/query_parameters.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "base/percent.hpp"
#include "sigv4/authorization_query.hpp"

namespace signpost::s3server {

// `room` is the whole query's, so that nothing that text_ has is moved.
bool QueryParameters::decode(std::string_view& part, std::size_t room) {
  if (!text_) text_ = std::make_unique_for_overwrite<char[]>(room);
  char* const begin = text_.get() + text_size_;
  const auto size = percent_decode_to(begin, part);
  if (!size) return false;
  text_size_ += *size;
  part = {begin, *size};
  return true;
}

// Nearly every query is ASCII, which one look at all of it tells.
bool QueryParameters::is_text(std::string_view raw) const {
  const std::string_view decoded(text_.get(), text_size_);
  if (raw.contains('\0') || decoded.contains('\0')) return false;
  if (is_ascii(raw) && is_ascii(decoded)) return true;
  return std::ranges::all_of(parameters_, [](const Pair& parameter) {
    return is_utf8(parameter.first) && is_utf8(parameter.second);
  });
}

std::optional<std::string_view> QueryParameters::repeated() const {
  constexpr std::size_t few = 16;  // of which each is compared with each, mostly by their sizes
  if (parameters_.size() <= few) {
    for (auto one = parameters_.begin(); one != parameters_.end(); ++one)
      for (auto other = parameters_.begin(); other != one; ++other)
        if (one->first == other->first) return one->first;
    return std::nullopt;
  }
  std::vector<std::string_view> names;
  for (const auto& [name, value] : parameters_) names.push_back(name);
  std::ranges::sort(names);
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
    std::string_view name = pair.substr(0, equals);
    if (sigv4::is_auth_parameter(name)) continue;
    std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    if (pair.contains('%') && !(out->decode(name, raw.size()) && out->decode(value, raw.size())))
      return std::unexpected(s3::Error{s3::ErrorCode::InvalidURI});
    out->parameters_.emplace_back(name, value);
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
