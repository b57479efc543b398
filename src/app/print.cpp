#include "app/print.hpp"

#include <string>

namespace signpost::app {

void print_line(std::string_view line) {
  cli::write_out(std::string(line) + "\n");
}

}  // namespace signpost::app
