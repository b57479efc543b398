#include "cli/client_commands.hpp"

namespace signpost::cli {

void add_client_commands(CLI::App& program, Run& run) {
  for (auto* add :
       {add_put, add_get, add_ls, add_rm, add_url, add_login, add_user, add_session, add_token})
    add(program, run);
}

}  // namespace signpost::cli
