#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signpost::http {

enum class QueryError {
  malformed,  // a broken %-escape, or not UTF-8, or a control character
  duplicate,  // a name twice: there is no telling which one is meant
  too_many,   // more than 50 parameters
};

// The parameters of a query string (application/x-www-form-urlencoded: '+' is a space), decoded.
class Query {
 public:
  static std::expected<Query, QueryError> parse(std::string_view raw);
  std::optional<std::string_view> get(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return parameters_; }

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace signpost::http
