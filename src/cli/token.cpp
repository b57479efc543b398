#include <fmt/format.h>

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
  std::string name;
  std::vector<std::string> scopes{"read"};
  std::string expires_in;
  std::string principal;
  std::vector<std::string> ids;
};

constexpr const char* examples =
    "Examples:\n"
    "  export SIGNPOST_TOKEN=$(signpost token create backup --expires-in 90d)\n"
    "      the token is all that stands on standard output, and is shown this once\n"
    "  signpost token create ci --scope read --scope write --expires-in 12h --json\n"
    "  signpost token list\n"
    "  signpost token revoke 4f2a9c0e5b7d81a3c6e0f912\n"
    "      at once, with every token that was made with it\n\n"
    "Scopes: read, write, share, admin; none includes another. A token never does more than its\n"
    "user, and what makes it: it ends when its user is disabled, but not with a new password.";

Exit create(const Options& options) {
  GatewayClient client(options.client);
  json::object body{{"name", options.name}, {"scopes", json::array()}};
  for (const std::string& scope : options.scopes) body["scopes"].as_array().emplace_back(scope);
  if (!options.expires_in.empty()) body["expires_in"] = options.expires_in;
  const json::object made = client.document_of(client.call("POST", "/v1/tokens", body));
  if (options.client.json) {
    write_out(json::serialize(made) + "\n");
    return Exit::done;
  }
  write_out(printable(text_field(made, "token")) + "\n");
  const std::string end = printable(text_field(made, "expires_at"));
  note(fmt::format("the token {}; it is not shown again. Revoke it by `signpost token revoke {}`",
                   end.empty() ? "does not expire" : "is good until " + end,
                   printable(text_field(made, "id"))));
  return Exit::done;
}

std::string joined(const json::object& token) {
  std::string out;
  const json::value* scopes = token.if_contains("scopes");
  if (!scopes || !scopes->is_array()) return out;
  for (const json::value& scope : scopes->get_array()) {
    if (!scope.is_string()) continue;
    if (!out.empty()) out += ',';
    out += scope.get_string();
  }
  return out;
}

Exit list(const Options& options) {
  GatewayClient client(options.client);
  std::string target = "/v1/tokens";
  if (!options.principal.empty())
    target += "?principal=" + percent_encode(options.principal, Slash::encode);
  const json::array tokens = client.get_list(target);
  if (options.client.json) {
    write_out(json::serialize(json::object{{"items", tokens}}) + "\n");
    return Exit::done;
  }
  std::vector<std::vector<std::string>> rows;
  for (const json::value& item : tokens) {
    const json::object& token = item.as_object();
    const std::string end = text_field(token, "expires_at");
    rows.push_back({text_field(token, "id"), joined(token), text_field(token, "created_at"),
                    end.empty() ? "never" : end, text_field(token, "name")});
  }
  write_out(table({"ID", "SCOPES", "MADE", "ENDS", "NAME"}, rows));
  return Exit::done;
}

Exit revoke(const Options& options) {
  GatewayClient client(options.client);
  for (const std::string& id : options.ids) {
    client.call("DELETE", "/v1/tokens/" + percent_encode(id, Slash::encode));
    if (!options.client.json) write_out(printable(id) + " is revoked\n");
  }
  if (options.client.json)
    write_out(json::serialize(
                  json::object{{"revoked", json::array(options.ids.begin(), options.ids.end())}}) +
              "\n");
  return Exit::done;
}

CLI::App* add_action(CLI::App& parent, Run& run, const char* name, const char* text,
                     const std::string& json_text, const std::shared_ptr<Options>& options,
                     Exit (*action)(const Options&)) {
  CLI::App* command = parent.add_subcommand(name, text);
  add_client_options(*command, options->client, json_text);
  command->footer(examples);
  command->callback(
      [&run, options, action] { run = [options, action] { return action(*options); }; });
  return command;
}

}  // namespace

void add_token(CLI::App& program, Run& run) {
  CLI::App* command = program.add_subcommand("token", "API tokens, for scripts and servers");
  command->require_subcommand(1);
  command->footer(examples);
  auto options = std::make_shared<Options>();
  CLI::App* made = add_action(*command, run, "create", "Make a token",
                              "the token's document, its text as token", options, create);
  made->add_option("name", options->name, "what it is for")->type_name("NAME")->required();
  made->add_option("--scope", options->scopes, "what it may do; repeatable")
      ->type_name("read|write|share|admin")
      ->allow_extra_args(false)
      ->capture_default_str();
  made->add_option("--expires-in", options->expires_in, "its life: 12h, 90d; else it has no end")
      ->type_name("TIME");
  CLI::App* listed =
      add_action(*command, run, "list", "List your tokens, newest first", "items", options, list);
  listed->add_option("--principal", options->principal, "another's, for admins")
      ->type_name("user:ISSUER:NAME");
  CLI::App* revoked = add_action(*command, run, "revoke", "Revoke tokens by their ids",
                                 "revoked, the ids", options, revoke);
  revoked->add_option("id", options->ids, "as `signpost token list` shows it")
      ->type_name("ID")
      ->required();
}

}  // namespace signpost::cli
