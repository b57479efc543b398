#include "http/query.hpp"

#include <algorithm>

#include "base/percent.hpp"

namespace signpost::http {
namespace {

constexpr std::size_t max_parameters = 50;

std::optional<std::string> decode(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  auto out = percent_decode(spaced);
  if (!out || !is_utf8(*out)) return std::nullopt;
  bool control = std::ranges::any_of(
      *out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (control) return std::nullopt;
  return out;
}

}  // namespace

std::expected<Query, QueryError> Query::parse(std::string_view raw) {
  Query out;
  while (!raw.empty()) {
    auto end = std::min(raw.find('&'), raw.size());
    std::string_view pair = raw.substr(0, end);
    raw.remove_prefix(std::min(end + 1, raw.size()));
    if (pair.empty()) continue;
    auto equals = std::min(pair.find('='), pair.size());
    auto name = decode(pair.substr(0, equals));
    auto value = decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) return std::unexpected(QueryError::malformed);
    if (out.get(*name)) return std::unexpected(QueryError::duplicate);
    if (out.parameters_.size() == max_parameters) return std::unexpected(QueryError::too_many);
    out.parameters_.emplace_back(*std::move(name), *std::move(value));
  }
  return out;
}

std::optional<std::string_view> Query::get(std::string_view name) const {
  for (const auto& [key, value] : parameters_)
    if (key == name) return value;
  return std::nullopt;
}

}  // namespace signpost::http
