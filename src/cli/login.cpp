#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "cli/client_commands.hpp"
#include "cli/gateway_client.hpp"
#include "cli/terminal.hpp"

namespace signpost::cli {
namespace {

namespace json = boost::json;

struct Options {
  ClientOptions client;
  std::string username;
  bool password_stdin = false;
};

Exit login(const Options& options) {
  GatewayClient client = GatewayClient::for_login(options.client);
  if (options.password_stdin && options.username.empty())
    throw UsageError("--password-stdin: say who signs in by --username NAME");
  const std::string username = options.username.empty()
                                   ? ask(fmt::format("User name at {}: ", client.server()))
                                   : options.username;
  const Secret password =
      options.password_stdin ? read_password_line()
                             : ask_password(fmt::format(
                                   "Password of {} at {}: ", printable(username), client.server()));
  const json::object body{{"username", username}, {"password", password.reveal()}};
  const Answer answer = client.call("POST", "/v1/session", body);
  json::object who = client.document_of(answer);
  if (!client.keep_session(answer))
    throw std::runtime_error(client.server() + " gives no session: is it a Signpost gateway?");
  who["server"] = client.server();
  write_out(options.client.json
                ? json::serialize(who) + "\n"
                : fmt::format("Signed in at {} as {}{}, until {}\n", client.server(),
                              printable(text_field(who, "principal")),
                              bool_field(who, "admin") ? ", an admin" : "",
                              printable(text_field(who, "expires_at"))));
  return Exit::done;
}

// What is saved goes whatever the server says.
Exit logout(bool as_json) {
  const auto saved = load_login();
  if (!saved) {
    write_out(as_json ? "{\"server\":null}\n" : "Nobody is signed in\n");
    return Exit::done;
  }
  ClientOptions options{.server = saved->server, .json = as_json};
  GatewayClient client = GatewayClient::for_login(options);
  forget_login();
  try {
    client.call("DELETE", "/v1/session");
  } catch (const Refused& refused) {
    if (refused.status() != 401) throw;  // it had ended already
  }
  write_out(as_json ? json::serialize(json::object{{"server", saved->server}}) + "\n"
                    : fmt::format("Signed out at {}\n", saved->server));
  return Exit::done;
}

}  // namespace

void add_login(CLI::App& program, Run& run) {
  CLI::App* in = program.add_subcommand("login", "Sign in at a gateway, for the commands after it");
  auto options = std::make_shared<Options>();
  in->add_option("--username", options->username, "who signs in; else it is asked")
      ->type_name("NAME");
  in->add_flag("--password-stdin", options->password_stdin,
               "the password is the first line of standard input");
  add_client_options(*in, options->client, "server, principal, groups, admin, expires_at");
  in->footer(
      "Examples:\n"
      "  signpost login --server https://files.example.com --username ann\n"
      "      asks for the password, without echo\n"
      "  signpost login --username admin --password-stdin < password-file\n"
      "      at http://localhost:8080, where `signpost serve` listens unless told otherwise\n\n"
      "The session is kept in $XDG_CONFIG_HOME/signpost/login.json (~/.config/signpost), mode\n"
      "0600, and sent to that server alone. It ends after seven days, by `signpost logout`, or "
      "with\n"
      "a new password. Scripts better use an API token: SIGNPOST_SERVER and SIGNPOST_TOKEN, see\n"
      "`signpost token create --help`. A password is never taken from the command line, for\n"
      "everybody on the machine can read that.");
  in->callback([&run, options] { run = [options] { return login(*options); }; });

  CLI::App* out = program.add_subcommand("logout", "End the session that `signpost login` began");
  auto as_json = std::make_shared<bool>(false);
  out->add_flag("--json", *as_json, "one JSON document: server (null where nobody was signed in)");
  out->footer(
      "Example:\n  signpost logout\n\nWhat was saved is removed, also where the server "
      "cannot be reached.");
  out->callback([&run, as_json] { run = [as_json] { return logout(*as_json); }; });
}

}  // namespace signpost::cli
