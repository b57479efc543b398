#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::credentials {

// A command line's words, as a shell splits them: blanks between, '...' and "..." around, and a
// backslash before a character (not within '...'). Nothing is expanded. Nothing where a quotation
// mark is not closed.
std::optional<std::vector<std::string>> split_words(std::string_view line);

}  // namespace signpost::credentials
