#include "storage/layout.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <ctime>
#include <filesystem>

#include "base/hex.hpp"
#include "base/random.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view format_line = "signpost store, format 1\n";

// Makes the directory and what is missing above it, each synced into its parent (a parent that was
// there already is synced too: it may have been made by a process that died before its own sync).
void make_durably(FileIo& io, const std::string& path) {
  fs::path parent = fs::absolute(path).lexically_normal().parent_path();
  if (!fs::exists(parent)) make_durably(io, parent);
  if (io.mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) throw IoError(errno, "making " + path);
  sync_directory(io, parent);
}

std::string read_marker(FileIo& io, const std::string& path) {
  Fd file = open_file(io, path, O_RDONLY);
  std::string text(256, '\0');
  text.resize(read_at(io, file.get(), text.data(), text.size(), 0, path));
  return text;
}

}  // namespace

Layout::Layout(FileIo& io, std::string directory)
    : directory_(fs::absolute(directory).lexically_normal()) {
  while (directory_.size() > 1 && directory_.ends_with('/')) directory_.pop_back();
  prepare(io);
}

void Layout::take_lock() {
  std::string path = directory_ + "/lock";
  lock_ = Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock_.is_open()) throw IoError(errno, "opening " + path);
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
    throw AlreadyRunning("another process has the store in " + directory_ +
                         " open: stop it first, or name another directory");
}

void Layout::prepare(FileIo& io) {
  make_durably(io, directory_);
  std::string marker = directory_ + "/FORMAT";
  if (fs::exists(marker)) {
    if (!read_marker(io, marker).starts_with(format_line))
      throw std::runtime_error(marker + " is of another version of signpost: use that version");
    take_lock();
    return;
  }
  for (const auto& entry : fs::directory_iterator(directory_))
    if (auto name = entry.path().filename(); name != "lock" && name != "objects")
      throw std::runtime_error(directory_ + " holds something that is no store (" + name.string() +
                               "): name an empty directory");
  take_lock();
  make_durably(io, directory_ + "/objects");
  for (int i = 0; i < 256; ++i) {
    std::string path = fmt::format("{}/objects/{:02x}", directory_, i);
    if (io.mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
      throw IoError(errno, "making " + path);
  }
  sync_directory(io, directory_ + "/objects");
  // The marker comes last: a start that died before it begins again.
  Fd file = open_file(io, marker, O_WRONLY | O_CREAT | O_TRUNC);
  write_all(io, file.get(), fmt::format("{}instance {}\n", format_line, random_hex(16)), marker);
  sync_file(io, file.get(), marker);
  sync_directory(io, directory_);
}

std::string Layout::data_directory(const DataId& id) const {
  return directory_ + "/objects/" + id.substr(0, 2);
}

std::string Layout::data_file(const DataId& id) const {
  return data_directory(id) + "/" + id;
}

std::vector<Layout::Found> Layout::data_files() const {
  std::vector<Found> found;
  std::time_t now = std::time(nullptr);
  for (const auto& directory : fs::directory_iterator(directory_ + "/objects"))
    for (const auto& entry : fs::directory_iterator(directory.path())) {
      std::string name = entry.path().filename();
      struct stat status{};
      if (!is_lower_hex(name, 32) || ::stat(entry.path().c_str(), &status) != 0) continue;
      found.push_back({name, now - status.st_mtim.tv_sec});
    }
  return found;
}

}  // namespace signpost::storage
