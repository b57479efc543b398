#include "storage/layout.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <optional>

#include "base/hex.hpp"
#include "base/random.hpp"
#include "log/log.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view format_line = "signpost store, format 1\n";
constexpr std::string_view index_line = "\nindex made\n";

// Makes the directory and what is missing above it, each synced into its parent (a parent that was
// there already is synced too: it may have been made by a process that died before its own sync).
void make_durably(FileIo& io, const std::string& path) {
  fs::path parent = fs::absolute(path).lexically_normal().parent_path();
  if (!fs::exists(parent)) make_durably(io, parent);
  bool made = io.mkdir(path.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) throw IoError(errno, "making " + path);
  try {
    sync_directory(io, parent);
  } catch (const IoError& error) {
    // A directory that others made for us, below one that we may not read, is theirs to sync.
    if (made || error.number() != EACCES) throw;
  }
}

void make_directory(FileIo& io, const std::string& path) {
  if (io.mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) throw IoError(errno, "making " + path);
}

std::string read_marker(FileIo& io, const std::string& path) {
  Fd file = open_file(io, path, O_RDONLY);
  std::string text(256, '\0');
  text.resize(read_at(io, file.get(), text.data(), text.size(), 0, path));
  return text;
}

// Of a regular file; nothing where it is none.
std::optional<off_t> size_of(const std::string& file) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  return found.st_size;
}

bool is_empty(const std::string& file) {
  return size_of(file) == 0;
}

}  // namespace

// What is made within a quarter of a second lies together: a disk that makes many files durable at
// once has fewer blocks to write then than where each is in a directory of its own.
DataId new_data_id() {
  using Slots = std::chrono::duration<std::int64_t, std::ratio<1, 4>>;
  const auto slot = std::chrono::floor<Slots>(std::chrono::steady_clock::now().time_since_epoch());
  return fmt::format("{:02x}{}{}", slot.count() % Layout::data_directories, random_hex(15),
                     checked_suffix);
}

bool is_checked(const DataId& id) {
  return id.ends_with(checked_suffix);
}

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

// What a start that died may have left, and what a file system puts into its root.
void Layout::refuse_what_is_not_ours() const {
  for (const auto& entry : fs::directory_iterator(directory_)) {
    std::string name = entry.path().filename();
    const bool empty_index = name == "index.db" && is_empty(entry.path());
    if (name != "lock" && name != "objects" && name != "FORMAT.new" && name != "lost+found" &&
        !empty_index)
      throw std::runtime_error(directory_ + " holds something that is no store (" + name +
                               "): name an empty directory");
  }
}

// With a new index every data file would be an orphan. An empty one is that of a first start that
// died, or what was cut off.
void Layout::refuse_a_lost_index(std::string_view marker) const {
  bool lost = !fs::exists(index_file());
  if (is_empty(index_file())) {
    // SQLite would remove the log, in which everything may stand.
    lost = marker.contains(index_line) || size_of(index_file() + "-wal").value_or(0) > 0;
    for (unsigned i = 0; i < data_directories && !lost; ++i) lost = !data_files(i).empty();
  }
  if (lost)
    throw std::runtime_error(
        index_file() +
        ", which holds small objects and says what each data file is, is "
        "missing or empty: put it back from a backup; a new store needs a folder of its own");
}

void Layout::prepare(FileIo& io) {
  make_durably(io, directory_);
  if (!fs::exists(marker_file())) refuse_what_is_not_ours();
  take_lock();
  // Looked for again: another process may have made the store until the lock was ours.
  if (!fs::exists(marker_file())) return make_store(io);
  const std::string marker = read_marker(io, marker_file());
  if (!marker.starts_with(format_line))
    throw std::runtime_error(marker_file() +
                             " is of another version of signpost: use that version");
  refuse_a_lost_index(marker);
  // A backup may have left out directories in which nothing was.
  make_data_directories(io);
  sync_directory(io, directory_);
}

// Those that are missing. Synced in any case: one may have been made by a start that died.
void Layout::make_data_directories(FileIo& io) const {
  const std::string objects = directory_ + "/objects";
  if (!fs::exists(objects)) make_directory(io, objects);
  for (unsigned i = 0; i < data_directories; ++i) {
    const std::string path = fmt::format("{}/{:02x}", objects, i);
    if (!fs::exists(path)) make_directory(io, path);
  }
  sync_directory(io, objects);
}

void Layout::make_store(FileIo& io) const {
  const std::string objects = directory_ + "/objects";
  make_directory(io, objects);
  // ext4 gives a new file no inode that was freed in the last minutes, and looks at each such one
  // in the directory's group of blocks: with all directories in one group that is most of what a
  // PUT costs where objects are replaced all the time.
  io.spread_directories(open_file(io, objects, O_RDONLY | O_DIRECTORY).get());
  make_data_directories(io);
  // A store with a marker and without an index has lost it: a disk may keep the younger of two
  // names and not the older one, so that this one is made durable first.
  open_file(io, index_file(), O_WRONLY | O_CREAT);
  sync_directory(io, directory_);
  // The marker comes last, and whole: a start that died before it begins again.
  write_marker(io, fmt::format("{}instance {}\n", format_line, random_hex(16)));
}

void Layout::write_marker(FileIo& io, const std::string& text) const {
  const std::string unnamed = marker_file() + ".new";
  {
    Fd file = open_file(io, unnamed, O_WRONLY | O_CREAT | O_TRUNC);
    write_all(io, file.get(), text, unnamed);
    sync_file(io, file.get(), unnamed);
  }
  if (io.rename(unnamed.c_str(), marker_file().c_str()) != 0)
    throw IoError(errno, "naming " + marker_file());
  sync_directory(io, directory_);
}

void Layout::note_index(FileIo& io) const {
  try {
    const std::string marker = read_marker(io, marker_file());
    if (!marker.contains(index_line)) write_marker(io, marker + std::string(index_line.substr(1)));
  } catch (const IoError& error) {
    // A full disk keeps no store from its start, and the next one notes it.
    log::warn("{}", error.what());
  }
}

std::string Layout::data_directory(const DataId& id) const {
  return directory_ + "/objects/" + id.substr(0, 2);
}

std::string Layout::data_file(const DataId& id) const {
  return data_directory(id) + "/" + id;
}

std::vector<Layout::Found> Layout::data_files(unsigned directory) const {
  std::vector<Found> found;
  // Not std::time(): that clock is behind the one that marks files, by some milliseconds.
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::string path = fmt::format("{}/objects/{:02x}", directory_, directory);
  if (!fs::exists(path)) return found;
  for (const auto& entry : fs::directory_iterator(path)) {
    std::string name = entry.path().filename();
    struct stat status{};
    std::string_view digits = name;
    if (is_checked(name)) digits.remove_suffix(checked_suffix.size());
    if (!is_lower_hex(digits, 32) || ::lstat(entry.path().c_str(), &status) != 0) continue;
    // A clock that was set back makes no file one of the future.
    if (S_ISREG(status.st_mode))
      found.push_back({name, std::max<std::int64_t>(0, now - status.st_mtim.tv_sec)});
  }
  return found;
}

}  // namespace signpost::storage
