#include "cli/saved_login.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <system_error>

#include "base/random.hpp"
#include "cli/outcome.hpp"
#include "credentials/environment.hpp"

namespace signpost::cli {
namespace {

constexpr std::size_t longest_bytes = 16 * 1024;

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw std::system_error(errno, std::generic_category(), path.string());
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

std::string read_all(const Descriptor& file, const std::filesystem::path& path) {
  std::string text(longest_bytes, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = ::read(file.number(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return text;
}

std::string text_of(const boost::json::object& document, std::string_view name) {
  const auto* value = document.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

SavedLogin parse(const std::string& text, const std::filesystem::path& path) {
  boost::system::error_code error;
  const boost::json::value document = boost::json::parse(text, error);
  if (!error && document.is_object()) {
    const boost::json::object& fields = document.get_object();
    SavedLogin login{.server = text_of(fields, "server"),
                     .cookie_name = text_of(fields, "cookie_name"),
                     .cookie = Secret(text_of(fields, "cookie"))};
    if (!login.server.empty() && !login.cookie_name.empty() && !login.cookie.empty()) return login;
  }
  throw UsageError(
      fmt::format("{} is none of ours: remove it, and sign in by `signpost login`", path.string()));
}

void write_new(const std::filesystem::path& path, std::string_view text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.number() < 0) fail(path);
  while (!text.empty()) {
    const ssize_t count = ::write(file.number(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(file.number()) != 0) fail(path);
}

}  // namespace

std::filesystem::path login_file() {
  const auto environment = credentials::process_environment();
  const auto base = environment("XDG_CONFIG_HOME");
  // A relative path there counts for nothing, says the specification.
  if (base && base->starts_with('/')) return std::filesystem::path(*base) / "signpost/login.json";
  const auto home = environment("HOME");
  if (!home)
    throw UsageError("HOME is not set: use SIGNPOST_SERVER and SIGNPOST_TOKEN instead of a login");
  return std::filesystem::path(*home) / ".config/signpost/login.json";
}

std::optional<SavedLogin> load_login() {
  const std::filesystem::path path = login_file();
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (file.number() < 0) fail(path);
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) fail(path);
  if ((status.st_mode & 077u) != 0)
    throw UsageError(
        fmt::format("others may read {0}: chmod 600 {0}; then sign out and in again, for "
                    "they may know your session",
                    path.string()));
  return parse(read_all(file, path), path);
}

void save_login(const SavedLogin& login) {
  const std::filesystem::path path = login_file();
  if (std::filesystem::create_directories(path.parent_path()))
    std::filesystem::permissions(path.parent_path(), std::filesystem::perms::owner_all);
  const boost::json::object document{{"server", login.server},
                                     {"cookie_name", login.cookie_name},
                                     {"cookie", login.cookie.reveal()}};
  const std::filesystem::path next = path.string() + "." + random_hex(8);
  try {
    write_new(next, boost::json::serialize(document) + "\n");
    std::filesystem::rename(next, path);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(next, ignored);
    throw;
  }
}

void forget_login() {
  std::filesystem::remove(login_file());
}

}  // namespace signpost::cli
