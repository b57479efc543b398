#include "json/strict.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <boost/json/parse.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <unordered_set>
#include <vector>

namespace signpost::json {
namespace {

using boost::system::error_code;

// What boost::json::basic_parser calls for each token; keeps the member names of every open object.
struct NameCheck {
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  std::vector<std::unordered_set<std::string>> names;
  std::string name;
  bool duplicate = false;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) {
    names.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, error_code&) {
    names.pop_back();
    return true;
  }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_key_part(boost::json::string_view part, std::size_t, error_code&) {
    name += std::string_view(part);
    return true;
  }
  bool on_key(boost::json::string_view part, std::size_t, error_code& error) {
    name += std::string_view(part);
    if (!names.back().insert(std::move(name)).second) {
      duplicate = true;
      error = boost::json::error::syntax;
      return false;
    }
    name.clear();
    return true;
  }
  bool on_string_part(boost::json::string_view, std::size_t, error_code&) { return true; }
  bool on_string(boost::json::string_view, std::size_t, error_code&) { return true; }
  bool on_number_part(boost::json::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, boost::json::string_view, error_code&) { return true; }
  bool on_uint64(std::uint64_t, boost::json::string_view, error_code&) { return true; }
  bool on_double(double value, boost::json::string_view, error_code& error) {
    if (std::isfinite(value)) return true;
    error = boost::json::error::exponent_overflow;
    return false;
  }
  bool on_bool(bool, error_code&) { return true; }
  bool on_null(error_code&) { return true; }
  bool on_comment_part(boost::json::string_view, error_code&) { return true; }
  bool on_comment(boost::json::string_view, error_code&) { return true; }
};

}  // namespace

std::expected<boost::json::value, StrictError> parse_strict(std::string_view text,
                                                            std::size_t max_depth) {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::basic_parser<NameCheck> checker(options);
  error_code error;
  std::size_t used = checker.write_some(false, text.data(), text.size(), error);
  if (checker.handler().duplicate) return std::unexpected(StrictError::duplicate);
  if (error == boost::json::error::too_deep) return std::unexpected(StrictError::too_deep);
  if (error || used != text.size()) return std::unexpected(StrictError::malformed);
  boost::json::value value = boost::json::parse(text, error, {}, options);
  if (error) return std::unexpected(StrictError::malformed);
  return value;
}

}  // namespace signpost::json
