// The store with file calls that are interrupted, fall short or are not there, and with a kill at
// its first start. durability_test.cpp has the sweeps over every call.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <functional>
#include <limits>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/random.hpp"
#include "sqlite/database.hpp"
#include "storage/store.hpp"

namespace signpost::storage {
namespace {

constexpr StoreOptions in_files{.small_bytes = 0};

// Does one thing at the n-th call after arm(): fails with an errno, or kills this process before or
// after it.
class StepIo : public FileIo {
 public:
  enum class Act { fail, kill_before, kill_after };
  void arm(int at, Act act, int number = 0) {
    act_ = act, number_ = number, calls_ = 0, fired_ = false, at_ = at;
  }
  void disarm() { at_ = 0; }
  bool fired() const { return fired_; }
  // What copy_file_range says instead of copying: an errno, or -1 to say 0; 0 lets it copy.
  std::atomic<int> copy_answer = 0;
  std::atomic<std::size_t> most_bytes = std::numeric_limits<std::size_t>::max();

  int open(const char* path, int flags, mode_t mode) override {
    return step([&] { return FileIo::open(path, flags, mode); });
  }
  ssize_t write(int fd, const char* bytes, std::size_t count) override {
    return step([&] { return FileIo::write(fd, bytes, std::min<std::size_t>(count, most_bytes)); });
  }
  ssize_t pread(int fd, char* into, std::size_t count, std::uint64_t offset) override {
    return step(
        [&] { return FileIo::pread(fd, into, std::min<std::size_t>(count, most_bytes), offset); });
  }
  ssize_t copy_file_range(int from, std::uint64_t offset, int to, std::size_t count) override {
    return step([&]() -> ssize_t {
      if (copy_answer == -1) return 0;
      errno = copy_answer;
      if (copy_answer != 0) return -1;
      return FileIo::copy_file_range(from, offset, to, std::min<std::size_t>(count, most_bytes));
    });
  }
  int fdatasync(int fd) override {
    return step([&] { return FileIo::fdatasync(fd); });
  }
  int fsync(int fd) override {
    return step([&] { return FileIo::fsync(fd); });
  }
  int rename(const char* from, const char* to) override {
    return step([&] { return FileIo::rename(from, to); });
  }
  int unlink(const char* path) override {
    return step([&] { return FileIo::unlink(path); });
  }
  int mkdir(const char* path, mode_t mode) override {
    return step([&] { return FileIo::mkdir(path, mode); });
  }

 private:
  template <class Call>
  auto step(Call call) -> decltype(call()) {
    if (++calls_ != at_) return call();
    fired_ = true;
    if (act_ == Act::kill_before) ::kill(::getpid(), SIGKILL);
    if (act_ == Act::fail) {
      errno = number_;
      return -1;
    }
    auto result = call();
    ::kill(::getpid(), SIGKILL);
    return result;
  }

  // Atomic, for the store has a thread of its own that unlinks.
  std::atomic<int> at_ = 0;
  std::atomic<Act> act_ = Act::fail;
  std::atomic<int> number_ = 0;
  std::atomic<int> calls_ = 0;
  std::atomic<bool> fired_ = false;
};

// Big enough for several writes where they fall short.
const std::string old_bytes = "old " + std::string(200, 'o');
const std::string new_bytes = "new " + std::string(300, 'n');

bool put(Store& store, const std::string& key, const std::string& bytes) {
  PutWriter writer = store.begin_put(false);
  writer.write(bytes);
  return writer.commit({"photos", key, {}, {}, {}, {}}).has_value();
}

std::string get(Store& store, const std::string& key) {
  auto reader = store.open("photos", key);
  if (!reader) return "(none)";
  std::string bytes(reader->info().size, '\0');
  EXPECT_EQ(reader->read(0, bytes), bytes.size());
  EXPECT_EQ(hex_encode(Md5().update(bytes).finish()), reader->info().etag) << key;
  return bytes;
}

// One change to the key "k", which holds old_bytes before, and what it holds after.
struct Operation {
  const char* name;
  std::string key;
  std::string before;
  std::string after;
  std::function<bool(Store&)> run;
};

std::vector<Operation> operations() {
  auto copy = [](Store& store, const std::string& key) {
    auto source = store.open("photos", "source");
    return store.copy(*source, {"photos", key, {}, {}, {}, {}}).has_value();
  };
  return {
      {"put", "k", "(none)", new_bytes, [](Store& s) { return put(s, "k", new_bytes); }},
      {"overwrite", "old", old_bytes, new_bytes, [](Store& s) { return put(s, "old", new_bytes); }},
      {"overwrite with nothing", "old", old_bytes, "", [](Store& s) { return put(s, "old", ""); }},
      {"copy", "k", "(none)", "the source", [=](Store& s) { return copy(s, "k"); }},
      {"copy over", "old", old_bytes, "the source", [=](Store& s) { return copy(s, "old"); }},
      {"remove", "old", old_bytes, "(none)",
       [](Store& s) { return s.remove("photos", "old").has_value(); }},
  };
}

class FaultTest : public testing::Test {
 protected:
  FaultTest() {
    std::string pattern = testing::TempDir() + "fault_test_XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    directory_ = root_ + "/store";
  }
  ~FaultTest() override { std::filesystem::remove_all(root_); }

  std::size_t data_files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_ + "/objects"))
      count += entry.is_regular_file() ? 1 : 0;
    return count;
  }

  // "k" absent, "old" and "source" there, no file too many.
  void reset(Store& store) {
    (void)store.create_bucket("photos", "ann");
    ASSERT_TRUE(store.remove("photos", "k"));
    ASSERT_TRUE(put(store, "old", old_bytes));
    ASSERT_TRUE(put(store, "source", "the source"));
    store.collect_orphans(std::chrono::seconds{0});
    ASSERT_EQ(data_files(), 2u);
  }

  pid_t run_child(const std::function<void(StepIo&, int)>& body, int& acknowledgements) {
    int pipe[2];
    EXPECT_EQ(::pipe(pipe), 0);
    pid_t child = ::fork();
    if (child == 0) {
      ::close(pipe[0]);
      auto io = std::make_unique<StepIo>();
      body(*io.release(), pipe[1]);
      ::_exit(0);
    }
    ::close(pipe[1]);
    acknowledgements = pipe[0];
    return child;
  }

  std::string root_;
  std::string directory_;
};

TEST_F(FaultTest, InterruptionsAndShortWritesAreNoFailures) {
  auto owned = std::make_unique<StepIo>();
  StepIo& io = *owned;
  Store store(directory_, std::move(owned), in_files);
  io.most_bytes = 7;
  for (const auto& operation : operations())
    for (int at = 1;; ++at) {
      reset(store);
      io.arm(at, StepIo::Act::fail, EINTR);
      bool acknowledged = false;
      try {
        acknowledged = operation.run(store);
      } catch (const IoError& error) {
        // Of the calls that take EINTR, POSIX lets all but these be repeated.
        EXPECT_EQ(error.number(), EINTR);
        EXPECT_TRUE(std::string(error.what()).find("syncing") != std::string::npos) << error.what();
      }
      io.disarm();
      EXPECT_EQ(get(store, operation.key), acknowledged ? operation.after : operation.before);
      if (!io.fired()) break;
    }
}

TEST_F(FaultTest, CopiesWhereTheKernelDoesNot) {
  auto owned = std::make_unique<StepIo>();
  StepIo& io = *owned;
  Store store(directory_, std::move(owned), in_files);
  ASSERT_TRUE(store.create_bucket("photos", "ann"));
  std::string big = random_bytes(300'001);
  ASSERT_TRUE(put(store, "big", big));
  for (int answer : {ENOSYS, EOPNOTSUPP, EXDEV, EINVAL, -1}) {
    io.copy_answer = answer;
    auto source = store.open("photos", "big");
    ASSERT_TRUE(store.copy(*source, {"photos", "copy", {}, {}, {}, {}}));
    EXPECT_EQ(get(store, "copy"), big);
  }
  io.copy_answer = EIO;  // a failing disk is no reason to try another way
  auto source = store.open("photos", "big");
  EXPECT_THROW((void)store.copy(*source, {"photos", "copy", {}, {}, {}, {}}), IoError);
  EXPECT_EQ(get(store, "copy"), big);
}

TEST_F(FaultTest, AnUploadThatFailedCannotBeCommitted) {
  auto owned = std::make_unique<StepIo>();
  StepIo& io = *owned;
  Store store(directory_, std::move(owned), in_files);
  reset(store);
  PutWriter writer = store.begin_put(false);
  writer.write("some");
  io.arm(1, StepIo::Act::fail, ENOSPC);
  EXPECT_THROW(writer.write("more"), IoError);
  EXPECT_THROW(writer.write("more"), std::logic_error);
  EXPECT_THROW((void)writer.commit({"photos", "old", {}, {}, {}, {}}), std::logic_error);
  EXPECT_EQ(get(store, "old"), old_bytes);

  PutWriter synced = store.begin_put(false);
  synced.write("some");
  io.arm(1, StepIo::Act::fail, EIO);  // fdatasync
  EXPECT_THROW((void)synced.commit({"photos", "old", {}, {}, {}, {}}), IoError);
  EXPECT_THROW((void)synced.commit({"photos", "old", {}, {}, {}, {}}), std::logic_error);
  EXPECT_EQ(get(store, "old"), old_bytes);
}

// Of an object whose size was told, the last bytes are digested while the disk works.
TEST_F(FaultTest, ALastPieceThatTheDiskRefusesIsNotThere) {
  auto owned = std::make_unique<StepIo>();
  StepIo& io = *owned;
  Store store(directory_, std::move(owned), in_files);
  reset(store);
  const std::string big(300'000, 'b');
  for (int at = 1; at <= 6; ++at) {  // create, bytes, checks, fdatasync, and the directory's two
    PutWriter writer = store.begin_put(true, big.size());
    io.arm(at, StepIo::Act::fail, EIO);
    EXPECT_THROW(writer.write(big), IoError) << at;
    io.disarm();
    EXPECT_THROW((void)writer.commit({"photos", "old", {}, {}, {}, {}}), std::logic_error);
  }
  EXPECT_EQ(get(store, "old"), old_bytes);
  PutWriter writer = store.begin_put(true, big.size());
  writer.write(big);
  EXPECT_EQ(writer.sha256(), Sha256().update(big).finish());
  EXPECT_THROW(writer.write("more"), std::logic_error);
  EXPECT_EQ(data_files(), 3u);
}

TEST_F(FaultTest, AKillDuringTheFirstStartIsNoHindrance) {
  int killed = 0;
  // Every call but the making of the middle ones of 256 like directories.
  for (auto act : {StepIo::Act::kill_before, StepIo::Act::kill_after})
    for (int at = 1;; at == 12 ? at = 255 : ++at) {
      std::filesystem::remove_all(directory_);
      int pipe = -1;
      pid_t child = run_child(
          [&](StepIo& io, int) {
            io.arm(at, act);
            Store store(directory_, std::unique_ptr<FileIo>(&io), in_files);
            ::_exit(0);
          },
          pipe);
      ::close(pipe);
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      Store store(directory_, nullptr, in_files);
      reset(store);
      ASSERT_FALSE(HasFailure()) << "killed at call " << at;
      if (!WIFSIGNALED(status)) break;
      ++killed;
    }
  EXPECT_GT(killed, 40);
}

TEST_F(FaultTest, ARunningUploadIsNoOrphan) {
  Store store(directory_, nullptr, in_files);
  ASSERT_TRUE(store.create_bucket("photos", "ann"));
  PutWriter writer = store.begin_put(false);
  writer.write(new_bytes);
  // As after a jump of the clock: any age is old enough.
  EXPECT_EQ(store.collect_orphans(std::chrono::seconds{0}), 0u);
  ASSERT_TRUE(writer.commit({"photos", "k", {}, {}, {}, {}}));
  EXPECT_EQ(store.collect_orphans(std::chrono::seconds{0}), 0u);
  EXPECT_EQ(get(store, "k"), new_bytes);
}

// No file of this process may grow beyond `bytes` while this lives: write() fails with EFBIG.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::uintmax_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(FaultTest, AfterAnUnknownCommitTheFileStaysUntilTheIndexIsSure) {
  Store store(directory_, nullptr, in_files);
  reset(store);
  {
    FileSizeLimit limit(std::filesystem::file_size(directory_ + "/index.db-wal"));
    EXPECT_THROW(put(store, "old", new_bytes), sqlite::CommitUnknown);
    EXPECT_EQ(get(store, "old"), old_bytes);
  }
  EXPECT_EQ(data_files(), 3u);
  EXPECT_EQ(store.collect_orphans(std::chrono::seconds{0}), 1u);
  EXPECT_EQ(data_files(), 2u);
  EXPECT_EQ(get(store, "old"), old_bytes);
  ASSERT_TRUE(put(store, "old", new_bytes));
  EXPECT_EQ(get(store, "old"), new_bytes);
}

TEST_F(FaultTest, AMissingOrShortenedFileIsNeverReadAsWhole) {
  Store store(directory_, nullptr, in_files);
  ASSERT_TRUE(store.create_bucket("photos", "ann"));
  ASSERT_TRUE(put(store, "k", new_bytes));
  std::filesystem::path file;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_ + "/objects"))
    if (entry.is_regular_file()) file = entry.path();
  std::filesystem::resize_file(file, new_bytes.size() - 1);
  auto reader = store.open("photos", "k");
  std::string bytes(new_bytes.size(), '\0');
  EXPECT_THROW(reader->read(0, bytes), IoError);
  std::filesystem::remove(file);
  EXPECT_THROW((void)store.open("photos", "k"), IoError);
}

}  // namespace
}  // namespace signpost::storage
