#pragma once

#include <boost/container/small_vector.hpp>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "s3/error.hpp"

namespace signpost::s3server {

// The parameters of a request's query, decoded in the way they are signed: '+' is a plus, a name
// without '=' has the empty value. Without those that make a signature in the query, which are
// sigv4::Verifier's to read: no operation asks for one.
class QueryParameters {
 public:
  using Pair = std::pair<std::string_view, std::string_view>;  // name and value
  using Pairs = boost::container::small_vector<Pair, 10>;      // nearly every query's, in place

  // InvalidURI for a broken %-escape, for what is not UTF-8 and for a NUL; InvalidArgument for a
  // name that comes twice: there is no telling which one is meant. `raw` must outlive this.
  static std::expected<QueryParameters, s3::Error> parse(std::string_view raw);

  std::optional<std::string_view> get(std::string_view name) const;
  bool has(std::string_view name) const { return get(name).has_value(); }
  const Pairs& all() const { return parameters_; }

  QueryParameters(QueryParameters&&) = default;
  QueryParameters& operator=(QueryParameters&&) = default;

 private:
  QueryParameters() = default;
  bool decode(std::string_view& part, std::size_t room);
  bool is_text(std::string_view raw) const;
  std::optional<std::string_view> repeated() const;

  std::unique_ptr<char[]> text_;  // what had to be decoded
  std::size_t text_size_ = 0;
  Pairs parameters_;
};

}  // namespace signpost::s3server
