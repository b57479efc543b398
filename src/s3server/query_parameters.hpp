#pragma once

#include <expected>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "s3/error.hpp"

namespace signpost::s3server {

// The parameters of a request's query, decoded in the way they are signed: '+' is a plus, a name
// without '=' has the empty value.
class QueryParameters {
 public:
  // InvalidURI for a broken %-escape, for what is not UTF-8 and for a NUL; InvalidArgument for a
  // name that comes twice: there is no telling which one is meant.
  static std::expected<QueryParameters, s3::Error> parse(std::string_view raw);

  std::optional<std::string_view> get(std::string_view name) const;
  bool has(std::string_view name) const { return get(name).has_value(); }
  const std::vector<std::pair<std::string_view, std::string_view>>& all() const {
    return parameters_;
  }

  QueryParameters(QueryParameters&&) = default;
  QueryParameters& operator=(QueryParameters&&) = default;

 private:
  QueryParameters() = default;
  std::expected<std::string_view, s3::Error> add_decoded(std::string_view raw);
  bool is_text() const;

  std::vector<char> text_;  // all of it decoded, where it stays when this is moved
  std::vector<std::pair<std::string_view, std::string_view>> parameters_;
};

}  // namespace signpost::s3server
