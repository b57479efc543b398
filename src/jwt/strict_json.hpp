#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <expected>
#include <string_view>

namespace signpost::jwt {

enum class JsonError {
  malformed,       // not JSON (RFC 8259), trailing bytes, bytes that are not UTF-8
  too_deep,        // nested deeper than max_depth
  duplicate_key,   // an object has two members of one name
  lone_surrogate,  // "\ud800": text that UTF-8 cannot hold
};

// Boost.JSON keeps the last of two members of one name and says nothing; RFC 7519 section 4 lets us
// refuse them, and whoever reads the first would see another document. Numbers beyond a double
// (1e400) are malformed.
std::expected<boost::json::value, JsonError> parse_strict_json(std::string_view text,
                                                               std::size_t max_depth);

}  // namespace signpost::jwt
