#include "app/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <system_error>

#include "app/access_key.hpp"
#include "app/check.hpp"
#include "app/child.hpp"
#include "app/data_folder.hpp"
#include "app/options.hpp"
#include "app/print.hpp"
#include "app/process.hpp"
#include "app/serve.hpp"
#include "app/store_process.hpp"
#include "cli/client_commands.hpp"
#include "cli/explain.hpp"
#include "cli/import.hpp"
#include "cli/presign.hpp"
#include "cli/version.hpp"
#include "log/redact.hpp"
#include "sqlite/database.hpp"
#include "storage/file_io.hpp"
#include "storage/layout.hpp"

namespace signpost::app {
namespace {

using cli::Run;

// Everything that the options write to, for as long as the program runs.
struct Parsed {
  ServeOptions serve;
  std::string listen;
  std::string store_listen;
  std::string public_url;
  std::string store_public_url;
  StoreOptions store;
  CheckOptions check;
  ChildOptions child;
  bool version_json = false;
  Run run;
};

// A script's unset variable must not mean that there is no configuration, or the default folder.
std::string check_name(const std::string& name) {
  return name.empty() ? "an empty name is none" : "";
}

void add_serve(CLI::App& program, Parsed& parsed) {
  CLI::App* command = program.add_subcommand("serve", "Run the gateway, its page and the store");
  command->footer(
      "Examples:\n"
      "  signpost serve\n"
      "      data in ./signpost-data, page at http://localhost:8080, store at "
      "http://127.0.0.1:9000\n"
      "  signpost serve --config signpost.toml --data /var/lib/signpost\n"
      "  signpost serve --listen 127.0.0.1:0 --store-listen 127.0.0.1:0 --json\n"
      "      free ports, and one JSON line with url and store when ready\n\n"
      "The first start makes the user admin and prints its password once, or takes it from\n"
      "SIGNPOST_ADMIN_PASSWORD. Every setting of the file can be set in the environment:\n"
      "SIGNPOST__SERVER__LISTEN=127.0.0.1:8081. SIGTERM, Ctrl-C or SIGHUP stops it in good order;\n"
      "a changed configuration counts from the next start.");
  command->add_option("--config", parsed.serve.config_file, "configuration file (TOML)")
      ->type_name("FILE")
      ->check(check_name);
  command->add_option("--data", parsed.serve.data, "where everything is kept")
      ->type_name("DIR")
      ->check(check_name)
      ->capture_default_str();
  const auto setting = [command](const char* option, std::string& into, const char* type,
                                 const char* text) {
    command->add_option(option, into, text)->type_name(type);
  };
  setting("--listen", parsed.listen, "A:P",
          "where the gateway listens (127.0.0.1:8080); port 0 takes a free one");
  setting("--store-listen", parsed.store_listen, "A:P",
          "where the store listens (127.0.0.1:9000); port 0 takes a free one");
  setting("--public-url", parsed.public_url, "URL", "what clients see of the gateway");
  setting("--store-public-url", parsed.store_public_url, "URL",
          "what clients see of the store: the host in pre-signed URLs");
  command->add_flag("--json", parsed.serve.json, "one JSON line when ready");
  command->callback([&parsed, command] {
    const std::pair<const char*, const char*> options[] = {
        {"--listen", "server.listen"},
        {"--store-listen", "store.listen"},
        {"--public-url", "server.public_url"},
        {"--store-public-url", "store.public_endpoint"}};
    for (const auto& [option, name] : options) {
      if (command->count(option) == 0) continue;
      parsed.serve.settings.push_back(
          {name, option, command->get_option(option)->as<std::string>()});
    }
    parsed.run = [&parsed] { return serve(parsed.serve); };
  });
}

void add_store(CLI::App& program, Parsed& parsed) {
  CLI::App* command = program.add_subcommand("store", "Run the S3-compatible store alone");
  command->footer(
      "Example:\n"
      "  signpost store --data /var/lib/store --listen 127.0.0.1:9000\n"
      "  aws --endpoint-url http://127.0.0.1:9000 s3 mb s3://photos\n\n"
      "The first start makes the root access key and prints its secret once, or takes both from\n"
      "SIGNPOST_STORE_ACCESS_KEY_ID and SIGNPOST_STORE_SECRET_ACCESS_KEY.");
  command->add_option("--data", parsed.store.data, "where the objects are kept")
      ->type_name("DIR")
      ->check(check_name)
      ->required();
  command->add_option("--listen", parsed.store.listen, "address; port 0 takes a free one")
      ->type_name("A:P")
      ->required();
  command->add_option("--region", parsed.store.region, "region that signatures must name")
      ->capture_default_str();
  command->add_option("--domain", parsed.store.domain, "base of virtual-host style names")
      ->type_name("HOST");
  command
      ->add_option("--keep-uploads", parsed.store.keep_uploads,
                   "when to abort multipart uploads that nobody goes on with")
      ->type_name("TIME")
      ->capture_default_str();
  CLI::Option* certificate = command->add_option("--tls-certificate", parsed.store.tls_certificate,
                                                 "serve HTTPS with this certificate (PEM)");
  CLI::Option* key = command->add_option("--tls-key", parsed.store.tls_key, "its key (PEM)");
  certificate->type_name("FILE")->needs(key);
  key->type_name("FILE")->needs(certificate);
  command->add_flag("--json", parsed.store.json,
                    "one JSON line when ready: url, access_key_id, and once secret_access_key");
  command->callback(
      [&parsed] { parsed.run = [&parsed] { return run_store_command(parsed.store); }; });
}

void add_check(CLI::App& program, Parsed& parsed) {
  CLI::App* command =
      program.add_subcommand("check", "Look at every byte that is kept, and at the catalog");
  command->footer(
      "Example:\n"
      "  signpost check --config signpost.toml --data /var/lib/signpost\n\n"
      "Names each object whose bytes are not what was stored, and each file whose object is gone\n"
      "or another. Exit status 1 where there is one. Stop the server first. --repair removes data\n"
      "files that no object has, and none where anything is lost or damaged: it may be in them.");
  command
      ->add_option("--config", parsed.check.config_file,
                   "the server's configuration file: it says where the catalog is")
      ->type_name("FILE")
      ->check(check_name);
  command->add_option("--data", parsed.check.data, "where everything is kept")
      ->type_name("DIR")
      ->check(check_name)
      ->capture_default_str();
  command->add_flag("--repair", parsed.check.repair, "remove data files that no object has");
  command->add_flag("--json", parsed.check.json, "as one JSON document");
  command->callback([&parsed] { parsed.run = [&parsed] { return check_data(parsed.check); }; });
}

void add_version(CLI::App& program, Parsed& parsed) {
  CLI::App* command = program.add_subcommand("version", "Print the version");
  command->add_flag("--json", parsed.version_json, "as JSON");
  command->callback([&parsed] {
    parsed.run = [&parsed] {
      print_line(cli::version_text(parsed.version_json));
      return Exit::done;
    };
  });
}

// What the supervisor starts; in no help.
void add_child(CLI::App& program, Parsed& parsed, const char* name,
               Exit (*run)(const ChildOptions&)) {
  CLI::App* command = program.add_subcommand(name, "")->group("");
  ChildOptions& child = parsed.child;
  command->add_option("--config-fd", child.config_fd);
  command->add_option("--config-name", child.config_name);
  command->add_option("--config-directory", child.config_directory);
  command->add_option("--set", child.settings);
  command->add_option("--data", child.data)->required();
  command->add_option("--listener", child.listeners)->required();
  command->add_option("--ready-fd", child.ready_fd);
  command->callback([&parsed, run] { parsed.run = [&parsed, run] { return run(parsed.child); }; });
}

int report(std::string_view message, Exit status) {
  std::string_view rest = message;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    // Not fmt::print: where nobody can read it, as on a full disk, the status has still to be told.
    std::fputs(fmt::format("signpost: {}\n", log::redact(rest.substr(0, end))).c_str(), stderr);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return static_cast<int>(status);
}

// The deepest command that could be read: of "signpost token list x" the one of `list`.
const CLI::App& last_command(const CLI::App& program) {
  const CLI::App* command = &program;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  return *command;
}

// "signpost token list"
std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return (parent != nullptr ? full_name(*parent) + " " : "") + command.get_name();
}

// Whether a word stands where a command must, and is none.
bool names_no_command(const CLI::App& program) {
  const std::vector<std::string> rest = program.remaining(true);
  return last_command(program).get_require_subcommand_min() > 0 && !rest.empty() &&
         !rest.front().starts_with('-');
}

int report_usage(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::App& command = last_command(program);
  const std::string name = full_name(command);
  std::string message = error.what();
  if (names_no_command(program)) {
    message = fmt::format("there is no command '{} {}'", name, program.remaining(true).front());
  } else if (command.get_require_subcommand_min() > 0) {
    message = "a command is missing";
  }
  return report(fmt::format("{}. `{} --help` tells more.", message, name), Exit::wrong_usage);
}

bool is_disk_full(const std::exception& error) {
  if (const auto* io = dynamic_cast<const storage::IoError*>(&error)) return io->is_disk_full();
  if (const auto* sql = dynamic_cast<const sqlite::Error*>(&error)) return sql->is_disk_full();
  const auto* system = dynamic_cast<const std::system_error*>(&error);
  return system && (system->code() == std::errc::no_space_on_device ||
                    system->code() == std::error_code(EDQUOT, std::generic_category()));
}

// A disk has room for so many bytes and for so many files, and the system says the same of both.
int report_failure(const std::exception& error) {
  std::string text = error.what();
  if (is_disk_full(error))
    text +=
        ". Make room there: `df -h` and `df -i` tell whether it is bytes or files that it lacks";
  return report(text, Exit::failed);
}

int run_and_report(const Run& run) {
  try {
    return static_cast<int>(run());
  } catch (const UsageError& error) {
    return report(error.what(), Exit::wrong_usage);
  } catch (const DataInUse& error) {
    return report(error.what(), Exit::wrong_usage);
  } catch (const storage::AlreadyRunning& error) {
    return report(error.what(), Exit::wrong_usage);
  } catch (const std::exception& error) {
    return report_failure(error);
  }
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  fill_standard_descriptors();
  CLI::App program(
      "Signpost: signed, short-lived ways to private files.\n"
      "Your app decides who may see a file. Object storage hands over the bytes.",
      "signpost");
  program.require_subcommand(1);
  program.footer(
      "signpost COMMAND --help tells more. Exit status: 0 done, 1 it failed, 2 the "
      "command line or the configuration is wrong.");
  Parsed parsed;
  add_serve(program, parsed);
  add_store(program, parsed);
  cli::add_presign(program, parsed.run);
  cli::add_explain(program, parsed.run);
  add_access_key(program, parsed.run);
  cli::add_client_commands(program, parsed.run);
  add_check(program, parsed);
  cli::add_import(program, parsed.run);
  add_version(program, parsed);
  add_child(program, parsed, "gateway-process", &run_gateway_process);
  add_child(program, parsed, "store-process", &run_store_process);
  program.set_version_flag("--version", cli::version_text(false), "Print the version and exit");
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& help) {
    // `signpost doctor --help` is not answered with the help of all, as if there were a doctor.
    if (names_no_command(program)) return report_usage(program, CLI::RequiredError(""));
    return program.exit(help);
  } catch (const CLI::ParseError& error) {
    return report_usage(program, error);
  }
  return run_and_report(parsed.run);
}

}  // namespace signpost::app
