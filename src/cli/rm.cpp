#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "base/percent.hpp"
#include "cli/client_commands.hpp"
#include "cli/gateway_client.hpp"
#include "cli/terminal.hpp"

namespace signpost::cli {
namespace {

namespace json = boost::json;

struct Options {
  ClientOptions client;
  std::vector<std::string> ids;
};

Exit rm(const Options& options) {
  GatewayClient client(options.client);
  for (const std::string& id : options.ids) {
    client.call("DELETE", "/v1/files/" + percent_encode(id, Slash::encode));
    if (!options.client.json) write_out(printable(id) + " is removed\n");
  }
  if (options.client.json)
    write_out(json::serialize(
                  json::object{{"removed", json::array(options.ids.begin(), options.ids.end())}}) +
              "\n");
  return Exit::done;
}

}  // namespace

void add_rm(CLI::App& program, Run& run) {
  CLI::App* command = program.add_subcommand("rm", "Remove files at a gateway, and their bytes");
  auto options = std::make_shared<Options>();
  command->add_option("id", options->ids, "as `signpost ls` shows it")->type_name("ID")->required();
  add_client_options(*command, options->client, "removed, the ids");
  command->footer(
      "Examples:\n"
      "  signpost rm 3434323\n"
      "  signpost ls -q draft --json | jq -r '.items[].id' | xargs -r signpost rm\n\n"
      "It stops at the first that cannot be removed; those before it are gone.");
  command->callback([&run, options] { run = [options] { return rm(*options); }; });
}

}  // namespace signpost::cli
