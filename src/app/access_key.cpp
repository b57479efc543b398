#include "app/access_key.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include "app/data_folder.hpp"
#include "app/store_admin.hpp"
#include "net/local_socket.hpp"

namespace signpost::app {
namespace {

using boost::json::object;
using cli::Exit;

struct Options {
  std::string data = "signpost-data";
  std::optional<std::string> owner;
  std::optional<std::string> bucket;
  std::string id;
  bool read_only = false;
  bool json = false;
};

constexpr std::chrono::seconds patience{10};
constexpr std::chrono::milliseconds pause{50};

constexpr const char* examples =
    "Examples:\n"
    "  signpost access-key create --owner backup\n"
    "      a key whose buckets are its own; its secret is shown only now\n"
    "  signpost access-key create --bucket photos --read-only --json\n"
    "      a key of the owner root that can do no more than read that bucket\n"
    "  signpost access-key list\n"
    "  signpost access-key revoke SGN0123456789abcdef\n"
    "      requests and URLs that it signed are refused from now on\n\n"
    "Works while the store runs, and while it does not.";

object ask_by_hand(const std::string& data, const object& request) {
  DataFolder folder(data);
  folder.lock();
  storage::Store store(folder.store_directory());
  return administer(store, root_key(folder).credentials.access_key_id, request);
}

// By the running store, or by this process where none runs. One that starts or stops, or another
// of these commands, is waited for.
object ask(const std::string& data, const object& request) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    if (const auto answer =
            net::ask_local(data, admin_socket_name, boost::json::serialize(request)))
      return boost::json::parse(*answer).as_object();
    if (!std::filesystem::exists(std::filesystem::path(data) / "store" / "FORMAT"))
      throw cli::UsageError(fmt::format(
          "there is no store in {}: name its folder with --data, or start it once first", data));
    try {
      return ask_by_hand(data, request);
    } catch (const DataInUse&) {
      if (std::chrono::steady_clock::now() > deadline) throw;
    }
    std::this_thread::sleep_for(pause);
  }
}

std::string text(const object& from, std::string_view name) {
  return std::string(from.at(name).as_string());
}

std::string line_of(const object& key) {
  return fmt::format("{}  {}  {}{}  {}\n", text(key, "access_key_id"), text(key, "owner"),
                     key.at("bucket").is_null() ? "all buckets" : "bucket " + text(key, "bucket"),
                     key.at("read_only").as_bool() ? ", read-only" : "", text(key, "created_at"));
}

Exit answer(const Options& options, const object& request,
            const std::function<std::string(const object&)>& to_text) {
  const object result = ask(options.data, request);
  if (const auto* error = result.if_contains("error"))
    throw cli::UsageError(std::string(error->as_string()));
  cli::write_out(options.json ? boost::json::serialize(result) + "\n" : to_text(result));
  return Exit::done;
}

Exit create(const Options& options) {
  object request{{"command", "access-key-create"}, {"read_only", options.read_only}};
  // One that is empty is refused: a script's unset variable must not make a key for everything.
  if (options.owner) request["owner"] = *options.owner;
  if (options.bucket) request["bucket"] = *options.bucket;
  return answer(options, request, [](const object& key) {
    return fmt::format("access_key_id     {}\nsecret_access_key {}\nowner             {}\n",
                       text(key, "access_key_id"), text(key, "secret_access_key"),
                       text(key, "owner"));
  });
}

Exit list(const Options& options) {
  return answer(options, {{"command", "access-key-list"}}, [](const object& keys) {
    std::string out;
    for (const auto& key : keys.at("items").as_array()) out += line_of(key.as_object());
    return out;
  });
}

Exit revoke(const Options& options) {
  return answer(options, {{"command", "access-key-revoke"}, {"access_key_id", options.id}},
                [](const object& key) { return "revoked " + text(key, "access_key_id") + "\n"; });
}

CLI::App* add(CLI::App& parent, cli::Run& run, const std::shared_ptr<Options>& options,
              const char* name, const char* what, Exit (*action)(const Options&)) {
  CLI::App* command = parent.add_subcommand(name, what);
  command->add_option("--data", options->data, "the folder of `signpost serve` or `store`")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_flag("--json", options->json, "one JSON document");
  command->footer(examples);
  command->callback(
      [&run, options, action] { run = [options, action] { return action(*options); }; });
  return command;
}

}  // namespace

void add_access_key(CLI::App& program, cli::Run& run) {
  CLI::App* parent = program.add_subcommand("access-key", "Access keys of the embedded store");
  parent->require_subcommand(1);
  parent->footer(examples);
  auto options = std::make_shared<Options>();
  CLI::App* create_key = add(*parent, run, options, "create", "Make an access key", &create);
  create_key->add_option("--owner", options->owner, "whose buckets it opens (root)")
      ->type_name("NAME");
  create_key->add_option("--bucket", options->bucket, "the one bucket that it opens")
      ->type_name("BUCKET");
  create_key->add_flag("--read-only", options->read_only, "it may read and list, nothing else");
  add(*parent, run, options, "list", "List the access keys, without their secrets", &list);
  CLI::App* revoke_key = add(*parent, run, options, "revoke", "End an access key", &revoke);
  revoke_key->add_option("id", options->id, "the access key's id")->type_name("ID")->required();
}

}  // namespace signpost::app
