#include "app/data_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "base/ascii.hpp"
#include "base/random.hpp"
#include "log/log.hpp"

namespace signpost::app {
namespace {

// How long the processes of a supervisor that was killed may take to follow it.
constexpr std::chrono::seconds orphan_patience{5};
constexpr std::chrono::milliseconds retry_pause{20};

std::string read_small(int fd) {
  std::array<char, 4096> buffer{};
  const ssize_t count = ::pread(fd, buffer.data(), buffer.size(), 0);
  return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : std::string();
}

// Whether the process that the lock file names is there. A lock whose owner is gone is held by
// what that owner had started and what is about to end.
bool is_alive(std::string_view id) {
  const auto number = parse_u64(id);
  if (!number || *number == 0 || *number > INT32_MAX) return false;
  return ::kill(static_cast<pid_t>(*number), 0) == 0 || errno == EPERM;
}

sigv4::Credentials parse_secrets(const std::string& path, const std::string& text) {
  sigv4::Credentials out;
  try {
    const toml::table document = toml::parse(text);
    out.access_key_id = document["store"]["access_key_id"].value_or(std::string());
    out.secret_access_key = Secret(document["store"]["secret_access_key"].value_or(std::string()));
  } catch (const toml::parse_error&) {
    out = {};  // reported below, without the text
  }
  if (out.access_key_id.empty() || out.secret_access_key.empty()) {
    throw std::runtime_error(
        path + " is damaged: it must hold [store] with access_key_id and secret_access_key");
  }
  return out;
}

std::string toml_quoted(std::string_view text) {
  const toml::value<std::string> value{text};
  std::ostringstream out;
  out << value;
  return std::move(out).str();
}

// Whole or not at all, and durable.
void write_secrets(const DataFolder& folder, const sigv4::Credentials& key) {
  storage::FileIo io;
  const std::string path = folder.secrets_file();
  const std::string draft = path + ".new";
  const std::string text = fmt::format(
      "# Made at the first start. Whoever reads this file reads every object.\n"
      "[store]\naccess_key_id = {}\nsecret_access_key = {}\n",
      toml_quoted(key.access_key_id), toml_quoted(key.secret_access_key.reveal()));
  const storage::Fd file =
      storage::open_file(io, draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  if (::fchmod(file.get(), 0600) != 0) throw storage::IoError(errno, "chmod " + draft);
  storage::write_all(io, file.get(), text, draft);
  storage::sync_file(io, file.get(), draft);
  if (io.rename(draft.c_str(), path.c_str()) != 0) throw storage::IoError(errno, "rename " + draft);
  storage::sync_directory(io, folder.path());
}

// A folder that signpost has used holds one of these. Anything else with something in it is
// somebody's, but for what a file system puts into its root.
bool is_ours_or_empty(const std::filesystem::path& folder) {
  for (const char* name : {"serve.lock", "secrets.toml", "store"}) {
    if (std::filesystem::exists(folder / name)) return true;
  }
  return std::ranges::all_of(std::filesystem::directory_iterator(folder), [](const auto& entry) {
    return entry.path().filename() == "lost+found";
  });
}

void sync_parent(const std::string& folder) {
  storage::FileIo io;
  storage::sync_directory(io, std::filesystem::absolute(folder).parent_path().string());
}

// A start that died may have made the folder and not come to this. Where we may not look into the
// parent, or it cannot be synced, others made it for us, and it is theirs to keep.
void sync_parent_of_found(const std::string& folder) {
  try {
    sync_parent(folder);
  } catch (const storage::IoError& error) {
    if (error.number() != EACCES && error.number() != EINVAL) throw;
  }
}

}  // namespace

DataFolder::DataFolder(std::string path) : path_(std::move(path)) {
  while (path_.size() > 1 && path_.ends_with('/')) path_.pop_back();
  if (::mkdir(path_.c_str(), 0700) == 0) {
    sync_parent(path_);
    return;
  }
  const int reason = errno;
  struct stat found{};
  if (reason != EEXIST || ::stat(path_.c_str(), &found) != 0) {
    throw storage::IoError(reason, "cannot make the data folder " + path_);
  }
  if (!S_ISDIR(found.st_mode)) throw storage::IoError(ENOTDIR, "the data folder " + path_);
  if (!is_ours_or_empty(path_)) {
    throw std::runtime_error(path_ +
                             " holds something that signpost did not put there: name an "
                             "empty folder, or one that does not exist yet, with --data");
  }
  if ((found.st_mode & S_IRWXO) != 0) {
    log::warn("{} is open to every user of this machine; chmod 700 it", path_);
  }
  sync_parent_of_found(path_);
}

void DataFolder::lock() {
  storage::FileIo io;
  const std::string name = path_ + "/serve.lock";
  storage::Fd file = storage::open_file(io, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const auto deadline = std::chrono::steady_clock::now() + orphan_patience;
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) throw storage::IoError(errno, "lock " + name);
    std::string owner = read_small(file.get());
    if (owner.ends_with('\n')) owner.pop_back();
    if (is_alive(owner) || std::chrono::steady_clock::now() > deadline) {
      throw DataInUse(fmt::format(
          "{} is in use by the signpost process {}; stop that one, or give another --data", path_,
          owner));
    }
    std::this_thread::sleep_for(retry_pause);
  }
  const std::string id = fmt::format("{}\n", ::getpid());
  if (::ftruncate(file.get(), 0) != 0) throw storage::IoError(errno, "truncate " + name);
  storage::write_all(io, file.get(), id, name);
  lock_ = std::move(file);
}

std::string DataFolder::file(const std::string& name) const {
  return name.starts_with('/') ? name : path_ + "/" + name;
}

RootKey root_key(const DataFolder& folder, const sigv4::Credentials& wanted) {
  const std::string path = folder.secrets_file();
  const storage::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.is_open()) {
    struct stat found{};
    if (::fstat(file.get(), &found) == 0 && (found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
      log::warn("{} can be read by others; chmod 600 it", path);
    }
    sigv4::Credentials kept = parse_secrets(path, read_small(file.get()));
    if (!wanted.access_key_id.empty() && (kept.access_key_id != wanted.access_key_id ||
                                          kept.secret_access_key != wanted.secret_access_key)) {
      log::warn("{} has another root access key than the environment; it stays as it is", path);
    }
    return {std::move(kept), false};
  }
  if (errno != ENOENT) throw storage::IoError(errno, "open " + path);
  sigv4::Credentials key = wanted;
  const bool generate = key.access_key_id.empty();
  if (generate) {
    key.access_key_id = "SGN" + random_hex(8);
    key.secret_access_key = Secret(random_token(30));
  }
  write_secrets(folder, key);
  return {std::move(key), generate};
}

}  // namespace signpost::app
