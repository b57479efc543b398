#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/percent.hpp"
#include "base/random.hpp"
#include "cli/client_commands.hpp"
#include "cli/gateway_client.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"

namespace signpost::cli {
namespace {

namespace json = boost::json;

struct Options {
  ClientOptions client;
  std::string id;
  std::string output;
  bool force = false;
};

// What a server calls a file, as a name in this folder and nowhere else: no path, nothing hidden.
std::string safe_name(std::string_view name) {
  std::string out = printable(name.substr(name.find_last_of("/\\") + 1));
  if (out.starts_with('.')) out.front() = '_';
  return out.empty() ? "file" : out;
}

// Takes an unfinished file away when a signal ends the program. One at a time.
class GoneOnSignal {
 public:
  explicit GoneOnSignal(std::string path) {
    path_ = std::move(path);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
      if (::signal(signal, &remove_and_end) == SIG_IGN) ::signal(signal, SIG_IGN);
  }
  ~GoneOnSignal() {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
      if (::signal(signal, SIG_DFL) == SIG_IGN) ::signal(signal, SIG_IGN);
  }
  GoneOnSignal(const GoneOnSignal&) = delete;
  GoneOnSignal& operator=(const GoneOnSignal&) = delete;

 private:
  static void remove_and_end(int signal) {
    ::unlink(path_.c_str());
    ::signal(signal, SIG_DFL);
    ::raise(signal);
  }
  static inline std::string path_;
};

// Where the bytes go: a new file beside the target, which takes its name when it is whole; or what
// is no file and cannot be replaced, such as standard output, a pipe or /dev/null.
class Target {
 public:
  Target(std::filesystem::path path, bool force) : path_(std::move(path)), force_(force) {
    const auto status = std::filesystem::status(path_);
    if (std::filesystem::is_directory(status))
      throw UsageError(
          fmt::format("{0} is a folder: name a file in it, -o {0}/NAME", path_.string()));
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
      descriptor_ = open(path_, O_WRONLY);
      return;
    }
    if (!force_ && std::filesystem::exists(status)) refuse_to_replace();
    // Not with the target's name in it, which may be as long as a name can be.
    part_ = path_.parent_path() / (".signpost.part-" + random_hex(4));
    gone_.emplace(part_);
    descriptor_ = open(part_, O_WRONLY | O_CREAT | O_EXCL);
  }
  Target() : descriptor_(STDOUT_FILENO) {}
  ~Target() {
    if (part_.empty()) return;
    ::close(descriptor_);
    if (!whole_) ::unlink(part_.c_str());
  }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  void write(std::span<const char> bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0)
        throw std::system_error(errno, std::generic_category(),
                                path_.empty() ? "standard output" : path_.string());
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
  }
  void finish() {
    if (part_.empty()) return;
    const unsigned flags = force_ ? 0 : RENAME_NOREPLACE;
    if (::renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, path_.c_str(), flags) != 0) {
      if (errno == EEXIST) refuse_to_replace();
      throw std::system_error(errno, std::generic_category(), path_.string());
    }
    whole_ = true;
  }

 private:
  int open(const std::filesystem::path& file, int flags) const {
    const int descriptor = ::open(file.c_str(), flags | O_CLOEXEC, 0666);
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), path_.string());
    return descriptor;
  }
  [[noreturn]] void refuse_to_replace() const {
    throw std::runtime_error(
        fmt::format("{} exists: use --force, or another name by -o FILE", path_.string()));
  }
  std::filesystem::path path_;
  bool force_ = false;
  std::string part_;
  std::optional<GoneOnSignal> gone_;
  int descriptor_;
  bool whole_ = false;
};

std::uint64_t size_of(const json::object& file) {
  const json::value* size = file.if_contains("size");
  if (size && size->is_uint64()) return size->get_uint64();
  return size && size->is_int64() ? static_cast<std::uint64_t>(size->get_int64()) : 0;
}

void fetch(GatewayClient& client, const std::string& url, const json::object& file, Target& target,
           bool quiet) {
  Sha256 hash;
  std::uint64_t count = 0;
  {
    Progress progress(text_field(file, "name"), size_of(file), quiet);
    client.fetch_from({.method = "GET", .url = url, .headers = {}},
                      [&](std::span<const char> piece) {
                        target.write(piece);
                        hash.update(std::string_view(piece.data(), piece.size()));
                        count += piece.size();
                        progress.add(piece.size());
                      });
  }
  const Sha256Digest digest = hash.finish();
  const std::string wanted = text_field(file, "sha256");
  if (count != size_of(file) || (!wanted.empty() && hex_encode(digest) != wanted))
    throw std::runtime_error("what came is not the file: its size or its SHA-256 is another");
}

Exit get(const Options& options) {
  GatewayClient client(options.client);
  const std::string entry = "/v1/files/" + percent_encode(options.id, Slash::encode);
  const json::object file = client.get(entry);
  const bool to_output = options.output == "-";
  if (to_output && options.client.json)
    throw UsageError("-o - and --json: both would write on standard output");
  const std::string path =
      options.output.empty() ? safe_name(text_field(file, "name")) : options.output;
  const std::string url = text_field(client.get(entry + "/url"), "url");
  const auto target =
      to_output ? std::make_unique<Target>() : std::make_unique<Target>(path, options.force);
  fetch(client, url, file, *target, options.client.json);
  target->finish();
  if (options.client.json)
    write_out(json::serialize(json::object{{"file", file}, {"path", path}}) + "\n");
  else if (!to_output)
    write_out(fmt::format("{}  {}\n", path, size_text(size_of(file))));
  return Exit::done;
}

}  // namespace

void add_get(CLI::App& program, Run& run) {
  CLI::App* command = program.add_subcommand("get", "Download a file from a gateway");
  auto options = std::make_shared<Options>();
  command->add_option("id", options->id, "as `signpost ls` shows it")->type_name("ID")->required();
  command
      ->add_option("-o,--output", options->output,
                   "where to; - is standard output; else the file's own name, in this folder")
      ->type_name("FILE");
  command->add_flag("--force", options->force, "replace what is there");
  add_client_options(*command, options->client, "file, path");
  command->footer(
      "Examples:\n"
      "  signpost get 3434323\n"
      "  signpost get 3434323 -o - | sha256sum\n\n"
      "The bytes come straight from the store, by a pre-signed URL, and are compared with the "
      "size\n"
      "and the SHA-256 that the gateway knows. A file of that name is not replaced without "
      "--force.");
  command->callback([&run, options] { run = [options] { return get(*options); }; });
}

}  // namespace signpost::cli
