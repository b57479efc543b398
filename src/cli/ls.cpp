#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <optional>

#include "base/percent.hpp"
#include "cli/client_commands.hpp"
#include "cli/gateway_client.hpp"
#include "cli/progress.hpp"
#include "cli/table.hpp"

namespace signpost::cli {
namespace {

namespace json = boost::json;

struct Options {
  ClientOptions client;
  std::optional<std::string> album;
  std::string query;
  std::string content_type;
  std::string sort;
};

std::string size_of(const json::object& file) {
  const json::value* size = file.if_contains("size");
  if (size && size->is_int64()) return size_text(static_cast<std::uint64_t>(size->get_int64()));
  return size && size->is_uint64() ? size_text(size->get_uint64()) : "";
}

Exit ls(const Options& options) {
  GatewayClient client(options.client);
  std::string target = "/v1/files";
  char sign = '?';
  const auto add = [&](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    target.append(1, sign).append(name).append(1, '=');
    target += percent_encode(value, Slash::encode);
    sign = '&';
  };
  // One that is empty is none: a script's unset variable must not list all that there is.
  if (options.album && options.album->empty()) throw UsageError("--album: an empty id is none");
  add("album", options.album.value_or(""));
  add("q", options.query);
  add("content_type", options.content_type);
  add("sort", options.sort);
  const json::array files = client.get_list(target);
  if (options.client.json) {
    write_out(json::serialize(json::object{{"items", files}}) + "\n");
    return Exit::done;
  }
  std::vector<std::vector<std::string>> rows;
  for (const json::value& item : files) {
    const json::object& file = item.as_object();
    rows.push_back({text_field(file, "id"), size_of(file), text_field(file, "content_type"),
                    text_field(file, "created_at"), text_field(file, "state"),
                    text_field(file, "name")});
  }
  write_out(table({"ID", "SIZE", "TYPE", "MADE", "STATE", "NAME"}, rows));
  return Exit::done;
}

}  // namespace

void add_ls(CLI::App& program, Run& run) {
  CLI::App* command = program.add_subcommand("ls", "List your files at a gateway");
  auto options = std::make_shared<Options>();
  command->add_option("--album", options->album, "those in that album")->type_name("ID");
  command->add_option("-q,--query", options->query, "those whose name holds that text")
      ->type_name("TEXT");
  command->add_option("--content-type", options->content_type, "image/png, image/*")
      ->type_name("TYPE");
  command
      ->add_option(
          "--sort", options->sort,
          "created_at, name or size; with a '-' in front the other way round (-created_at)")
      ->type_name("FIELD");
  add_client_options(*command, options->client, "items");
  command->footer(
      "Examples:\n"
      "  signpost ls\n"
      "  signpost ls -q beach --content-type 'image/*' --sort=-size\n"
      "  signpost ls --json | jq -r '.items[].id'");
  command->callback([&run, options] { run = [options] { return ls(*options); }; });
}

}  // namespace signpost::cli
