#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "base/ascii.hpp"
#include "base/percent.hpp"
#include "cli/client_commands.hpp"
#include "cli/gateway_client.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "domain/account.hpp"

namespace signpost::cli {
namespace {

namespace json = boost::json;

struct Options {
  ClientOptions client;
  std::string name;
  bool admin = false;
  bool revoke = false;
  bool password_stdin = false;
};

constexpr const char* examples =
    "Examples:\n"
    "  signpost user add ann\n"
    "      asks for the new password, twice and without echo\n"
    "  signpost user add ci --password-stdin < password-file\n"
    "  signpost user list --json\n"
    "  signpost user disable ann\n"
    "      ends ann's sessions and API tokens at once; `enable` brings none of them back\n"
    "  signpost user password\n"
    "      your own: asks for the present one and the new one; your other sessions end\n\n"
    "All but the own password is an admin's to do: sign in by `signpost login`, or set\n"
    "SIGNPOST_TOKEN to a token with the scope admin (which makes and changes no other admin).\n"
    "Users of an issuer ([[auth.jwt]], [[auth.forward]]) are not listed: they are its own.";

std::string target_of(const std::string& name) {
  return "/v1/users/" + percent_encode(name, Slash::encode);
}

void print_user(const Options& options, const json::object& user, std::string_view what) {
  write_out(options.client.json
                ? json::serialize(user) + "\n"
                : fmt::format("{} {}\n", printable(text_field(user, "username")), what));
}

// Before a password is asked for that nobody could have.
void check_name(const std::string& name) {
  if (!domain::is_username(name))
    throw UsageError(fmt::format(
        "'{}' is no username: write 1 to 64 characters of A-Z a-z 0-9 . _ -", printable(name)));
}

Exit add(const Options& options) {
  check_name(options.name);
  GatewayClient client(options.client);
  const Secret password =
      options.password_stdin
          ? read_password_line()
          : ask_new_password(fmt::format("New password of {}: ", printable(options.name)));
  const json::object body{
      {"username", options.name}, {"password", password.reveal()}, {"admin", options.admin}};
  print_user(options, client.document_of(client.call("POST", "/v1/users", body)), "is made");
  return Exit::done;
}

Exit list(const Options& options) {
  GatewayClient client(options.client);
  const json::array users = client.get_list("/v1/users");
  if (options.client.json) {
    write_out(json::serialize(json::object{{"items", users}}) + "\n");
    return Exit::done;
  }
  std::vector<std::vector<std::string>> rows;
  for (const json::value& item : users) {
    const json::object& user = item.as_object();
    rows.push_back({text_field(user, "username"), bool_field(user, "admin") ? "admin" : "",
                    bool_field(user, "disabled") ? "disabled" : "",
                    text_field(user, "created_at")});
  }
  write_out(table({"NAME", "ADMIN", "STATE", "MADE"}, rows));
  return Exit::done;
}

Exit change(const Options& options, std::string_view field, bool value, std::string_view what) {
  GatewayClient client(options.client);
  const json::object body{{field, value}};
  const Answer answer = client.call("PATCH", target_of(options.name), body);
  print_user(options, client.document_of(answer), what);
  return Exit::done;
}

// The name of the local account that asks; "" where it is none.
std::string own_name(GatewayClient& client) {
  constexpr std::string_view local = "user:local:";
  const std::string principal = text_field(client.get("/v1/session"), "principal");
  return principal.starts_with(local) ? principal.substr(local.size()) : "";
}

Exit password(const Options& options) {
  if (!options.name.empty()) check_name(options.name);
  GatewayClient client(options.client);
  const std::string mine = own_name(client);
  const std::string name = options.name.empty() ? mine : options.name;
  if (name.empty())
    throw UsageError("you are no local user, and so have no password here: name whose it is to be");
  const bool own = equal_ignoring_case(name, mine);
  json::object body;
  if (own) {
    const Secret current =
        options.password_stdin ? read_password_line() : ask_password("Your present password: ");
    body["current_password"] = current.reveal();
  }
  const Secret next = options.password_stdin
                          ? read_password_line()
                          : ask_new_password(fmt::format("New password of {}: ", printable(name)));
  body["password"] = next.reveal();
  const Answer answer = client.call("PATCH", target_of(name), body);
  // The session that asked has ended with the others; the answer brings the one after it.
  if (own && client.login()) client.keep_session(answer);
  print_user(options, client.document_of(answer), "has a new password");
  return Exit::done;
}

CLI::App* add_action(CLI::App& parent, Run& run, const char* name, const char* text,
                     const std::shared_ptr<Options>& options, Exit (*action)(const Options&)) {
  CLI::App* command = parent.add_subcommand(name, text);
  add_client_options(*command, options->client,
                     std::string_view(name) == "list"
                         ? "items"
                         : "username, principal, admin, disabled, created_at");
  command->footer(examples);
  command->callback(
      [&run, options, action] { run = [options, action] { return action(*options); }; });
  return command;
}

}  // namespace

void add_user(CLI::App& program, Run& run) {
  CLI::App* command = program.add_subcommand("user", "Local accounts of a gateway");
  command->require_subcommand(1);
  command->footer(examples);
  auto options = std::make_shared<Options>();
  const auto named = [&](CLI::App* action) {
    action->add_option("name", options->name, "the user: 1 to 64 of A-Z a-z 0-9 . _ -")
        ->type_name("NAME")
        ->required();
    return action;
  };
  const auto with_stdin = [&](CLI::App* action, const char* text) {
    action->add_flag("--password-stdin", options->password_stdin, text);
  };
  CLI::App* added = named(add_action(*command, run, "add", "Make a user", options, add));
  added->add_flag("--admin", options->admin, "one who may do everything");
  with_stdin(added, "the password is the first line of standard input");
  add_action(*command, run, "list", "List the users", options, list);
  named(add_action(
      *command, run, "disable", "Refuse a user from now on", options,
      [](const Options& given) { return change(given, "disabled", true, "is disabled"); }));
  named(add_action(
      *command, run, "enable", "Let a user sign in again", options,
      [](const Options& given) { return change(given, "disabled", false, "may sign in"); }));
  CLI::App* promoted = named(add_action(
      *command, run, "admin", "Make a user an admin, or with --revoke one no longer", options,
      [](const Options& given) {
        return change(given, "admin", !given.revoke, given.revoke ? "is no admin" : "is an admin");
      }));
  promoted->add_flag("--revoke", options->revoke, "an admin no longer");
  CLI::App* renewed = add_action(*command, run, "password",
                                 "Give a user, or yourself, a new password", options, password);
  renewed->add_option("name", options->name, "whose; yours where it is left out")
      ->type_name("NAME");
  with_stdin(renewed,
             "the new password is the next line of standard input; for your own, the present one "
             "comes before it");
}

}  // namespace signpost::cli
