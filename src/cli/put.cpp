#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include "base/ascii.hpp"
#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/percent.hpp"
#include "cli/client_commands.hpp"
#include "cli/entry_on_signal.hpp"
#include "cli/gateway_client.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"

namespace signpost::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t block_bytes = 256 * 1024;

struct Options {
  ClientOptions client;
  std::vector<std::string> files;
  std::string name;
  std::string content_type;
  std::optional<std::string> album;
  std::optional<std::string> id;
};

// A regular file, open for reading.
class LocalFile {
 public:
  explicit LocalFile(const std::string& path)
      : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat status{};
    if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) {
      const int error = errno;
      close();
      throw std::system_error(error, std::generic_category(), path);
    }
    regular_ = S_ISREG(status.st_mode);
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
  ~LocalFile() { close(); }
  LocalFile(const LocalFile&) = delete;
  LocalFile& operator=(const LocalFile&) = delete;

  bool is_regular() const { return regular_; }
  std::uint64_t size() const { return size_; }
  void rewind() const {
    if (::lseek(descriptor_, 0, SEEK_SET) != 0) fail();
  }
  // 0 at the end.
  std::size_t read(std::span<char> room) const {
    while (true) {
      const ssize_t count = ::read(descriptor_, room.data(), room.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) fail();
    }
  }

 private:
  [[noreturn]] void fail() const { throw std::system_error(errno, std::generic_category(), path_); }
  void close() const {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  std::string path_;
  int descriptor_;
  bool regular_ = false;
  std::uint64_t size_ = 0;
};

std::string sha256_of(const LocalFile& file) {
  Sha256 hash;
  std::string block(block_bytes, '\0');
  while (const std::size_t count = file.read(block))
    hash.update(std::string_view(block).substr(0, count));
  file.rewind();
  const Sha256Digest digest = hash.finish();
  return hex_encode(digest);
}

// By the name's end; the gateway compares it with the first bytes.
std::string_view type_of(const std::string& name) {
  struct Known {
    std::string_view ending;
    std::string_view type;
  };
  static constexpr std::array known{
      Known{".jpg", "image/jpeg"},      Known{".jpeg", "image/jpeg"},
      Known{".png", "image/png"},       Known{".gif", "image/gif"},
      Known{".webp", "image/webp"},     Known{".avif", "image/avif"},
      Known{".heic", "image/heic"},     Known{".svg", "image/svg+xml"},
      Known{".mp4", "video/mp4"},       Known{".webm", "video/webm"},
      Known{".mov", "video/quicktime"}, Known{".mp3", "audio/mpeg"},
      Known{".flac", "audio/flac"},     Known{".ogg", "audio/ogg"},
      Known{".pdf", "application/pdf"}, Known{".zip", "application/zip"},
      Known{".gz", "application/gzip"}, Known{".json", "application/json"},
      Known{".txt", "text/plain"},      Known{".md", "text/markdown"},
      Known{".csv", "text/csv"},        Known{".html", "text/html"}};
  const std::string lower = to_lower(name);
  for (const Known& one : known)
    if (lower.ends_with(one.ending)) return one.type;
  return "application/octet-stream";
}

json::object part_of(const json::object& document, std::string_view name) {
  const json::value* part = document.if_contains(name);
  return part && part->is_object() ? part->get_object() : json::object();
}

void send(GatewayClient& client, const json::object& upload, const LocalFile& file,
          Progress& progress) {
  GatewayClient::Transfer transfer{
      .method = text_field(upload, "method"), .url = text_field(upload, "url"), .headers = {}};
  for (const auto& [name, value] : part_of(upload, "headers"))
    if (value.is_string()) transfer.headers.emplace_back(name, value.get_string());
  client.send_to(transfer, file.size(), [&](std::span<char> room) {
    const std::size_t count = file.read(room);
    progress.add(count);
    return count;
  });
}

json::object put_one(GatewayClient& client, const Options& options, const std::string& path) {
  const LocalFile file(path);
  if (!file.is_regular())
    throw UsageError(fmt::format("{} is no regular file: its size must be known", path));
  const std::string name =
      options.name.empty() ? std::filesystem::path(path).filename().string() : options.name;
  if (!is_utf8(name))
    throw UsageError(
        fmt::format("the name {} is not UTF-8: give another by --name", printable(name)));
  json::object declared{
      {"name", name},
      {"size", file.size()},
      {"sha256", sha256_of(file)},
      {"upload_type", "put"},
      {"content_type",
       options.content_type.empty() ? type_of(name) : std::string_view(options.content_type)}};
  // What is empty is refused: a script's unset variable must not mean that there is none.
  if (options.album) declared["album"] = *options.album;
  if (options.id) declared["id"] = *options.id;
  EntryOnSignal entry(client);
  const json::object made = client.document_of(client.call("POST", "/v1/files", declared));
  const std::string target =
      "/v1/files/" + percent_encode(text_field(part_of(made, "file"), "id"), Slash::encode);
  entry.made(target);
  try {
    Progress progress(name, file.size(), options.client.json);
    send(client, part_of(made, "upload"), file, progress);
    const Answer completed = client.call("POST", target + "/complete", json::object());
    return part_of(client.document_of(completed), "file");
  } catch (const std::exception&) {
    entry.take_back();
    throw;
  }
}

Exit put(const Options& options) {
  if (options.files.size() > 1 && (!options.name.empty() || options.id))
    throw UsageError("--name and --id are for one FILE");
  GatewayClient client(options.client);
  json::array files;
  for (const std::string& path : options.files) {
    files.push_back(put_one(client, options, path));
    const json::object& file = files.back().get_object();
    if (!options.client.json)
      write_out(fmt::format("{}  {}\n", printable(text_field(file, "id")),
                            printable(text_field(file, "name"))));
  }
  if (options.client.json)
    write_out(json::serialize(json::object{{"files", std::move(files)}}) + "\n");
  return Exit::done;
}

}  // namespace

void add_put(CLI::App& program, Run& run) {
  CLI::App* command = program.add_subcommand("put", "Upload files to a gateway");
  auto options = std::make_shared<Options>();
  command->add_option("file", options->files, "what to upload")->type_name("FILE")->required();
  command->add_option("--name", options->name, "another name than the file's")->type_name("NAME");
  command
      ->add_option(
          "--content-type", options->content_type,
          "its media type; else by the name's end, and the server compares the first bytes")
      ->type_name("TYPE");
  command->add_option("--album", options->album, "put it into that album")->type_name("ID");
  command->add_option("--id", options->id, "your own id for it; else the server makes one")
      ->type_name("ID");
  add_client_options(*command, options->client, "files");
  command->footer(
      "Examples:\n"
      "  signpost put beach.jpg\n"
      "      prints the id and the name\n"
      "  signpost put --id 3434323 --content-type image/jpeg scan.bin\n"
      "  signpost put *.pdf --json\n\n"
      "The bytes go straight to the store, by a pre-signed URL for just this size, type and\n"
      "SHA-256. Sign in first: `signpost login`, or SIGNPOST_SERVER and SIGNPOST_TOKEN.");
  command->callback([&run, options] { run = [options] { return put(*options); }; });
}

}  // namespace signpost::cli
