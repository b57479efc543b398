#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <expected>
#include <string_view>

namespace signpost::json {

enum class StrictError {
  malformed,  // not JSON (RFC 8259): trailing bytes, bad UTF-8, lone surrogates, 1e400
  too_deep,   // nested deeper than max_depth
  duplicate,  // an object has two members of one name
};

// Boost.JSON keeps the last of two members of one name and says nothing; whoever reads the first
// sees another document (RFC 7519 section 4 lets us refuse them).
std::expected<boost::json::value, StrictError> parse_strict(std::string_view text,
                                                            std::size_t max_depth);

}  // namespace signpost::json
