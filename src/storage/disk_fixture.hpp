#pragma once

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "storage/file_io.hpp"

// The disk as the store and its index use it: every call that changes something on it, FileIo's and
// SQLite's alike, is written down, and any of them can be made to fail, or the last one that is
// made.
namespace signpost::storage::testing {

// One call that was made and succeeded.
struct DiskEvent {
  enum class Kind {
    make_file,
    make_directory,
    write,
    truncate,  // to `offset` bytes
    unlink,
    rename,
    sync_file,
    sync_directory,
    acknowledged,  // the caller has been told that its change is durable
  };
  Kind kind;
  std::string path;
  std::uint64_t offset = 0;
  std::string text = {};  // what was written; the new name
};

class Disk {
 public:
  enum class Act { nothing, fail, fail_from_there, kill_before, kill_after };

  static Disk& instance() {
    static Disk disk;
    return disk;
  }

  void record(bool on) {
    std::scoped_lock lock(mutex_);
    recording_ = on;
    if (on) events_.clear();
  }
  std::vector<DiskEvent> events() {
    std::scoped_lock lock(mutex_);
    return events_;
  }
  void add(DiskEvent event) {
    std::scoped_lock lock(mutex_);
    if (recording_) events_.push_back(std::move(event));
  }

  // Does that at the at-th call from now on, counted from 1.
  void arm(int at, Act act, int number = 0) {
    std::scoped_lock lock(mutex_);
    at_ = at, act_ = act, number_ = number, calls_ = 0, fired_.clear();
  }
  void disarm() { arm(0, Act::nothing); }
  // What the call was that it was done at; empty: not yet.
  std::string fired() {
    std::scoped_lock lock(mutex_);
    return fired_;
  }

  // For tests that ask for no more than what a process sees: false saves the time of every sync.
  void set_syncs(bool on) { syncs_ = on; }
  bool syncs() const { return syncs_; }

  // Whether the call is to fail with errno; else the call is to be made and then done().
  bool refuses(const char* name) {
    std::scoped_lock lock(mutex_);
    ++calls_;
    const bool again = act_ == Act::fail_from_there && at_ > 0 && calls_ > at_;
    if (calls_ != at_ && !again) return false;
    // Of several, a call that matters gives the name.
    if (fired_.empty() || fired_ == "unlink") fired_ = name;
    if (act_ == Act::kill_before) ::kill(::getpid(), SIGKILL);
    errno = number_;
    return act_ == Act::fail || act_ == Act::fail_from_there;
  }
  void done() {
    std::scoped_lock lock(mutex_);
    if (calls_ == at_ && act_ == Act::kill_after && !fired_.empty()) ::kill(::getpid(), SIGKILL);
  }

 private:
  std::mutex mutex_;
  std::atomic<bool> syncs_ = true;
  bool recording_ = false;
  std::vector<DiskEvent> events_;
  int at_ = 0;
  Act act_ = Act::nothing;
  int number_ = 0;
  int calls_ = 0;
  std::string fired_;
};

inline std::string path_of(int fd) {
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd));
}

class DiskIo : public FileIo {
 public:
  using Kind = DiskEvent::Kind;

  int open(const char* path, int flags, mode_t mode) override {
    if ((flags & O_CREAT) == 0 || std::filesystem::exists(path))
      return FileIo::open(path, flags, mode);
    return change("open", {Kind::make_file, path}, [&] { return FileIo::open(path, flags, mode); });
  }
  ssize_t write(int fd, const char* bytes, std::size_t count) override {
    const auto at = static_cast<std::uint64_t>(::lseek(fd, 0, SEEK_CUR));
    return change("write", {Kind::write, path_of(fd), at, std::string(bytes, count)},
                  [&] { return FileIo::write(fd, bytes, count); });
  }
  ssize_t write_uncached(int fd, const char* bytes, std::size_t count) override {
    return write(fd, bytes, count);
  }
  ssize_t copy_file_range(int from, std::uint64_t offset, int to, std::size_t count) override {
    const auto at = static_cast<std::uint64_t>(::lseek(to, 0, SEEK_CUR));
    std::string bytes(std::min<std::size_t>(count, 1 << 20), '\0');
    bytes.resize(static_cast<std::size_t>(FileIo::pread(from, bytes.data(), bytes.size(), offset)));
    return change("copy_file_range", {Kind::write, path_of(to), at, bytes},
                  [&] { return FileIo::copy_file_range(from, offset, to, bytes.size()); });
  }
  int fdatasync(int fd) override {
    return change("fdatasync", {Kind::sync_file, path_of(fd)},
                  [&] { return Disk::instance().syncs() ? FileIo::fdatasync(fd) : 0; });
  }
  int fsync(int fd) override {
    return change("fsync", {Kind::sync_directory, path_of(fd)},
                  [&] { return Disk::instance().syncs() ? FileIo::fsync(fd) : 0; });
  }
  int rename(const char* from, const char* to) override {
    return change("rename", {Kind::rename, from, 0, to}, [&] { return FileIo::rename(from, to); });
  }
  int unlink(const char* path) override {
    return change("unlink", {Kind::unlink, path}, [&] { return FileIo::unlink(path); });
  }
  int mkdir(const char* path, mode_t mode) override {
    return change("mkdir", {Kind::make_directory, path}, [&] { return FileIo::mkdir(path, mode); });
  }

 private:
  template <class Call>
  auto change(const char* name, DiskEvent event, Call call) -> decltype(call()) {
    Disk& disk = Disk::instance();
    if (disk.refuses(name)) return -1;
    auto result = call();
    if (result >= 0) {
      if (event.kind == Kind::write) event.text.resize(static_cast<std::size_t>(result));
      disk.add(std::move(event));
    }
    disk.done();
    return result;
  }
};

// SQLite's way to the disk: its own, with the same book kept of it. Once for the whole program.
class DiskVfs {
 public:
  static void install() {
    static DiskVfs vfs;
    (void)vfs;
  }

 private:
  using Kind = DiskEvent::Kind;
  struct File {
    sqlite3_file base;  // must come first
    std::string* path;
    bool entry_pending;  // a log that was made and whose directory is synced with it
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };
  static File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
  static sqlite3_file* real(sqlite3_file* file) { return of(file).real(); }
  static const sqlite3_io_methods* methods(sqlite3_file* file) { return real(file)->pMethods; }

  template <class Call>
  static int change(const char* name, int failure, DiskEvent event, Call call) {
    Disk& disk = Disk::instance();
    if (disk.refuses(name))
      return failure == SQLITE_IOERR_WRITE && errno == ENOSPC ? SQLITE_FULL : failure;
    const int result = call();
    if (result == SQLITE_OK) disk.add(std::move(event));
    disk.done();
    return result;
  }

  DiskVfs() : system_(sqlite3_vfs_find(nullptr)), vfs_(*system_) {
    vfs_.zName = "disk";
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + system_->szOsFile;
    vfs_.pAppData = this;
    vfs_.xOpen = &open;
    vfs_.xDelete = &remove;
    make_methods();
    sqlite3_vfs_register(&vfs_, 1);
  }
  static DiskVfs& self(sqlite3_vfs* vfs) { return *static_cast<DiskVfs*>(vfs->pAppData); }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
    DiskVfs& me = self(vfs);
    File& mine = of(file);
    mine.base.pMethods = nullptr;
    mine.path = nullptr;
    const std::string path = name != nullptr ? name : "";
    const auto call = [&] { return me.system_->xOpen(me.system_, name, mine.real(), flags, out); };
    const bool makes =
        !path.empty() && (flags & SQLITE_OPEN_CREATE) != 0 && !std::filesystem::exists(path);
    const int result =
        makes ? change("open", SQLITE_CANTOPEN, {Kind::make_file, path}, call) : call();
    if (result != SQLITE_OK) return result;
    mine.path = new std::string(path);
    mine.entry_pending = makes && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    mine.base.pMethods = &me.methods_;
    return result;
  }
  static int remove(sqlite3_vfs* vfs, const char* name, int sync_directory) {
    DiskVfs& me = self(vfs);
    if (!std::filesystem::exists(name)) return me.system_->xDelete(me.system_, name, 0);
    const int result = change("unlink", SQLITE_IOERR_DELETE, {Kind::unlink, name}, [&] {
      return me.system_->xDelete(me.system_, name, sync_directory);
    });
    if (result == SQLITE_OK && sync_directory != 0)
      Disk::instance().add({Kind::sync_directory, std::filesystem::path(name).parent_path()});
    return result;
  }
  static int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
    return change("write", SQLITE_IOERR_WRITE,
                  {Kind::write, *of(file).path, static_cast<std::uint64_t>(at),
                   std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(count))},
                  [&] { return methods(file)->xWrite(real(file), bytes, count, at); });
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    return change("truncate", SQLITE_IOERR_TRUNCATE,
                  {Kind::truncate, *of(file).path, static_cast<std::uint64_t>(size)},
                  [&] { return methods(file)->xTruncate(real(file), size); });
  }
  static int sync(sqlite3_file* file, int flags) {
    File& mine = of(file);
    const int result = change("fsync", SQLITE_IOERR_FSYNC, {Kind::sync_file, *mine.path}, [&] {
      if (!Disk::instance().syncs()) return SQLITE_OK;
      return methods(file)->xSync(real(file), flags);
    });
    if (result == SQLITE_OK && std::exchange(mine.entry_pending, false))
      Disk::instance().add({Kind::sync_directory, std::filesystem::path(*mine.path).parent_path()});
    return result;
  }
  static int close(sqlite3_file* file) {
    const int result = methods(file)->xClose(real(file));
    delete of(file).path;
    return result;
  }

  // What changes nothing goes straight through.
  void make_methods() {
    using F = sqlite3_file*;
    methods_.iVersion = 2;
    methods_.xClose = &close;
    methods_.xWrite = &write;
    methods_.xTruncate = &truncate;
    methods_.xSync = &sync;
    methods_.xRead = [](F f, void* into, int n, sqlite3_int64 at) {
      return methods(f)->xRead(real(f), into, n, at);
    };
    methods_.xFileSize = [](F f, sqlite3_int64* size) {
      return methods(f)->xFileSize(real(f), size);
    };
    methods_.xLock = [](F f, int level) { return methods(f)->xLock(real(f), level); };
    methods_.xUnlock = [](F f, int level) { return methods(f)->xUnlock(real(f), level); };
    methods_.xCheckReservedLock = [](F f, int* out) {
      return methods(f)->xCheckReservedLock(real(f), out);
    };
    methods_.xFileControl = [](F f, int what, void* value) {
      return methods(f)->xFileControl(real(f), what, value);
    };
    methods_.xSectorSize = [](F f) { return methods(f)->xSectorSize(real(f)); };
    // Nothing is promised of a write that was not synced: it may be torn, and reordered.
    methods_.xDeviceCharacteristics = [](F) { return 0; };
    methods_.xShmMap = [](F f, int page, int size, int extend, void volatile** out) {
      return methods(f)->xShmMap(real(f), page, size, extend, out);
    };
    methods_.xShmLock = [](F f, int offset, int n, int flags) {
      return methods(f)->xShmLock(real(f), offset, n, flags);
    };
    methods_.xShmBarrier = [](F f) { methods(f)->xShmBarrier(real(f)); };
    methods_.xShmUnmap = [](F f, int gone) { return methods(f)->xShmUnmap(real(f), gone); };
  }

  sqlite3_vfs* system_;
  sqlite3_vfs vfs_;
  sqlite3_io_methods methods_{};
};

}  // namespace signpost::storage::testing
