#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "base/percent.hpp"
#include "cli/client_commands.hpp"
#include "cli/gateway_client.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace signpost::cli {
namespace {

namespace json = boost::json;

struct Options {
  ClientOptions client;
  std::string principal;
  std::vector<std::string> ids;
};

constexpr const char* examples =
    "Examples:\n"
    "  signpost session list\n"
    "      where you are signed in: since when, from which address, with what\n"
    "  signpost session end 9b1c20f4aa03d7e85b6f1c42\n"
    "      one that you do not know, or left open somewhere: its cookie is refused at once\n"
    "  signpost session list --principal user:local:ann\n"
    "      another's, for admins\n\n"
    "A new password ends all of them: `signpost user password`.";

Exit list(const Options& options) {
  GatewayClient client(options.client);
  std::string target = "/v1/sessions";
  if (!options.principal.empty())
    target += "?principal=" + percent_encode(options.principal, Slash::encode);
  const json::array sessions = client.get_list(target);
  if (options.client.json) {
    write_out(json::serialize(json::object{{"items", sessions}}) + "\n");
    return Exit::done;
  }
  std::vector<std::vector<std::string>> rows;
  for (const json::value& item : sessions) {
    const json::object& session = item.as_object();
    rows.push_back({text_field(session, "id"), text_field(session, "created_at"),
                    text_field(session, "expires_at"), text_field(session, "address"),
                    bool_field(session, "current") ? "this one" : "",
                    text_field(session, "user_agent")});
  }
  write_out(table({"ID", "BEGUN", "ENDS", "FROM", "", "WITH"}, rows));
  return Exit::done;
}

Exit end(const Options& options) {
  GatewayClient client(options.client);
  for (const std::string& id : options.ids) {
    client.call("DELETE", "/v1/sessions/" + percent_encode(id, Slash::encode));
    if (!options.client.json) write_out(printable(id) + " has ended\n");
  }
  if (options.client.json)
    write_out(json::serialize(
                  json::object{{"ended", json::array(options.ids.begin(), options.ids.end())}}) +
              "\n");
  return Exit::done;
}

}  // namespace

void add_session(CLI::App& program, Run& run) {
  CLI::App* command = program.add_subcommand("session", "Who is signed in at a gateway");
  command->require_subcommand(1);
  command->footer(examples);
  auto options = std::make_shared<Options>();
  CLI::App* listed = command->add_subcommand("list", "List your sessions, newest first");
  add_client_options(*listed, options->client, "items");
  listed->add_option("--principal", options->principal, "another's, for admins")
      ->type_name("user:ISSUER:NAME");
  listed->footer(examples);
  listed->callback([&run, options] { run = [options] { return list(*options); }; });
  CLI::App* ended = command->add_subcommand("end", "End sessions by their ids");
  add_client_options(*ended, options->client, "ended, the ids");
  ended->add_option("id", options->ids, "as `signpost session list` shows it")
      ->type_name("ID")
      ->required();
  ended->footer(examples);
  ended->callback([&run, options] { run = [options] { return end(*options); }; });
}

}  // namespace signpost::cli
