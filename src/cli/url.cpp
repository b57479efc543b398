#include <fmt/format.h>

#include <CLI/CLI.hpp>
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
  std::string id;
  std::string expires_in;
  bool download = false;
};

Exit url(const Options& options) {
  GatewayClient client(options.client);
  std::string target = "/v1/files/" + percent_encode(options.id, Slash::encode) + "/url?method=get";
  if (!options.expires_in.empty())
    target += "&expires_in=" + percent_encode(options.expires_in, Slash::encode);
  if (options.download) target += "&disposition=attachment";
  const json::object answer = client.get(target);
  write_out((options.client.json ? json::serialize(answer) : printable(text_field(answer, "url"))) +
            "\n");
  // The server and the session that asks may end it sooner than it was asked for.
  if (!options.expires_in.empty() && !options.client.json)
    note(fmt::format("it is good until {}", printable(text_field(answer, "expires_at"))));
  return Exit::done;
}

}  // namespace

void add_url(CLI::App& program, Run& run) {
  CLI::App* command =
      program.add_subcommand("url", "Print a pre-signed URL of a file at a gateway");
  auto options = std::make_shared<Options>();
  command->add_option("id", options->id, "as `signpost ls` shows it")->type_name("ID")->required();
  command->add_option("--expires-in", options->expires_in, "how long it is good: 90s, 3m, 12h")
      ->type_name("TIME");
  command->add_flag("--download", options->download, "a browser is to save it, not to show it");
  add_client_options(*command, options->client, "url, method, expires_at");
  command->footer(
      "Examples:\n"
      "  signpost url 3434323 --expires-in 1h\n"
      "  curl -O \"$(signpost url 3434323)\"\n\n"
      "Whoever has it may read the file until it expires: it is good for that file alone, and "
      "ends\n"
      "with the session or token that asked, and with the server's max_expires_in.");
  command->callback([&run, options] { run = [options] { return url(*options); }; });
}

}  // namespace signpost::cli
