#pragma once

#include <string>
#include <vector>

namespace signpost::cli {

// Rows under their titles, in columns with two blanks between; every cell as printable() makes it.
// A line feed ends each line.
std::string table(const std::vector<std::string>& titles,
                  const std::vector<std::vector<std::string>>& rows);

}  // namespace signpost::cli
