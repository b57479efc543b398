// What is read from memory alone, and files and rows that are kept: never anything but what is
// there.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/random.hpp"
#include "sqlite/database.hpp"
#include "storage/store.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;

constexpr StoreOptions in_files{.small_bytes = 0};

// A disk whose memory has nothing, or loses it after some calls.
class ColdIo : public FileIo {
 public:
  explicit ColdIo(std::atomic<int>& warm) : warm_(warm) {}
  int open_cached(const char* path) override { return is_cold() ? -1 : FileIo::open_cached(path); }
  ssize_t pread_cached(int fd, char* into, std::size_t count, std::uint64_t offset) override {
    return is_cold() ? -1 : FileIo::pread_cached(fd, into, count, offset);
  }
  bool is_in_memory(const void* mapped, std::size_t count) override {
    return !is_evicted && FileIo::is_in_memory(mapped, count);
  }
  static inline std::atomic<bool> is_evicted = false;

 private:
  bool is_cold() {
    errno = EAGAIN;
    return warm_-- <= 0;
  }
  std::atomic<int>& warm_;
};

class CachedReadTest : public testing::Test {
 protected:
  CachedReadTest() {
    std::string pattern = testing::TempDir() + "cached_read_test_XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    store_ = std::make_unique<Store>(root_ + "/store", std::make_unique<ColdIo>(warm_), in_files);
    store_->create_bucket("photos", "ann").value();
  }
  ~CachedReadTest() override {
    store_.reset();
    fs::remove_all(root_);
  }

  void put(const std::string& key, const std::string& bytes) {
    PutWriter writer = store_->begin_put(false);
    writer.write(bytes);
    writer.commit({"photos", key, {}, {}, {}, {}}).value();
  }
  std::string take(const std::string& key, Wait wait) {
    auto reader = store_->open("photos", key, wait).value();
    const std::uint64_t size = reader.info().size;
    return std::string(reader.take(0, size, wait).bytes);
  }
  // Descriptors of data files that this process has open; of those, that are gone.
  static std::pair<int, int> open_files() {
    std::pair<int, int> found;
    for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
      std::error_code error;
      const std::string path = fs::read_symlink(entry, error);
      if (!path.contains("/objects/")) continue;
      ++found.first;
      if (path.ends_with("(deleted)")) ++found.second;
    }
    return found;
  }
  fs::path only_file() {
    for (const auto& entry : fs::recursive_directory_iterator(root_ + "/store/objects"))
      if (entry.is_regular_file()) return entry.path();
    return {};
  }

  static void flip_bit(const fs::path& file, std::streamoff at) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(at);
    const char byte = static_cast<char>(stream.get() ^ 4);
    stream.seekp(at);
    stream.put(byte);
  }

  std::atomic<int> warm_ = 1'000'000;
  std::string root_;
  std::unique_ptr<Store> store_;
};

TEST_F(CachedReadTest, WhatMustWaitSaysSoAndIsReadWhereItMay) {
  const std::string bytes = random_bytes(200'000);
  put("a", bytes);
  for (int calls = 0; calls < 2; ++calls) {
    warm_ = calls;  // neither opened nor read; opened, but not read
    EXPECT_THROW(take("a", Wait::never), WouldWait) << calls;
    warm_ = calls;
    EXPECT_THROW((void)store_->open("photos", "a", Wait::never)->piece(0, 100'000, Wait::never),
                 WouldWait);
  }
  EXPECT_EQ(take("a", Wait::allowed), bytes);
  warm_ = 1'000'000;
  EXPECT_EQ(take("a", Wait::never), bytes);  // written just now: it is in memory
  auto reader = store_->open("photos", "a", Wait::never).value();
  EXPECT_EQ(reader.take(70'000, 60'000, Wait::never).bytes, bytes.substr(70'000, 60'000));
  EXPECT_THROW((void)store_->open("photos", "b", Wait::never).value(),
               std::bad_expected_access<Refusal>);
}

TEST_F(CachedReadTest, PartsAreNeverLookedForWithoutWaiting) {
  const std::string upload = store_->create_upload("photos", "a", {}).value();
  PutWriter writer = store_->begin_put(false);
  writer.write("abc");
  Completion completion;
  completion.parts.push_back(
      {1, writer.commit_part({"photos", "a", upload, 1, {}}).value().etag, {}});
  ASSERT_TRUE(store_->complete_upload("photos", "a", upload, completion));
  EXPECT_THROW((void)store_->open("photos", "a", Wait::never), WouldWait);
  EXPECT_EQ(take("a", Wait::allowed), "abc");
}

TEST_F(CachedReadTest, AFileThatIsGoneIsNotKeptOpen) {
  put("a", random_bytes(100'000));
  put("b", random_bytes(100'000));
  EXPECT_EQ(open_files().first, 0);
  (void)take("a", Wait::never);
  (void)take("b", Wait::never);
  (void)take("b", Wait::never);
  EXPECT_EQ(open_files(), std::pair(2, 0));
  put("a", "new");
  ASSERT_TRUE(store_->remove("photos", "b"));
  EXPECT_EQ(open_files(), std::pair(0, 0));
  EXPECT_EQ(take("a", Wait::never), "new");
  {
    auto reader = store_->open("photos", "a").value();
    ASSERT_TRUE(store_->remove("photos", "a"));
    EXPECT_EQ(reader.take(0, 3, Wait::allowed).bytes, "new");
    EXPECT_EQ(open_files().second, 1);
  }
  EXPECT_EQ(open_files().second, 0);
}

// Read for the first time when it has gone.
TEST_F(CachedReadTest, AFileThatWentBeforeItWasReadIsNotKeptOpen) {
  put("a", "old");
  {
    auto reader = store_->open("photos", "a").value();
    put("a", "new");
    EXPECT_EQ(reader.take(0, 3, Wait::allowed).bytes, "old");
  }
  EXPECT_EQ(open_files().second, 0);
}

TEST_F(CachedReadTest, DamageIsFoundInWhatIsKeptOpen) {
  put("a", random_bytes(200'000));
  (void)take("a", Wait::never);
  const fs::path file = only_file();
  flip_bit(file, 150'000);
  EXPECT_THROW(take("a", Wait::never), DamageError);
  EXPECT_THROW((void)store_->open("photos", "a")->piece(140'000, 60'000), DamageError);
  EXPECT_EQ(store_->open("photos", "a")->piece(0, 100'000).size, 100'000u);
  fs::resize_file(file, 150'000);
  EXPECT_THROW(take("a", Wait::never), DamageError);
}

// Found open for the second time, a file is mapped: then no call reads it.
TEST_F(CachedReadTest, WhatIsReadAgainIsLookedAtWhereItIs) {
  const std::string bytes = random_bytes(200'000);
  put("a", bytes);
  (void)take("a", Wait::never);
  const auto send = [&](std::uint64_t offset, std::uint64_t count) {
    auto reader = store_->open("photos", "a", Wait::never).value();
    const auto taken = reader.take_to_send(offset, count, Wait::never);
    EXPECT_EQ(taken.bytes, bytes.substr(offset, count));
    EXPECT_EQ(reader.piece(offset, count, Wait::never).size, count);
  };
  warm_ = 0;
  send(0, 200'000);
  send(0, 1);
  send(65'536, 65'536);
  send(199'999, 1);
  ColdIo::is_evicted = true;
  EXPECT_THROW(send(0, 200'000), WouldWait);
  ColdIo::is_evicted = false;
  auto reader = store_->open("photos", "a", Wait::never).value();
  const auto taken = reader.take_to_send(0, 200'000, Wait::never);
  put("a", "new");
  EXPECT_EQ(taken.bytes, bytes);  // as long as somebody has it
}

TEST_F(CachedReadTest, DamageIsFoundInWhatIsMapped) {
  warm_ = 1'000'000;
  put("a", random_bytes(200'000));
  const auto send = [&](std::uint64_t offset, std::uint64_t count) {
    (void)store_->open("photos", "a", Wait::never)->take_to_send(offset, count, Wait::never);
    (void)store_->open("photos", "a", Wait::never)->piece(offset, count, Wait::never);
  };
  send(0, 200'000);
  send(0, 200'000);
  const fs::path file = only_file();
  flip_bit(file, 150'000);
  EXPECT_THROW(send(0, 200'000), DamageError);
  EXPECT_THROW(send(140'000, 60'000), DamageError);
  send(0, 131'072);
  fs::resize_file(file, 150'000);
  EXPECT_THROW(send(140'000, 60'000), DamageError);
  EXPECT_THROW(send(0, 1), DamageError);  // its checks are gone
}

// Larger than what is mapped whole: each piece for itself.
TEST_F(CachedReadTest, ALargeFileIsLookedAtPieceByPiece) {
  warm_ = 1'000'000;
  const std::string bytes = random_bytes(9 << 20);
  put("a", bytes);
  auto reader = store_->open("photos", "a", Wait::never).value();
  const auto look = [&](std::uint64_t offset) {
    return reader.piece(offset, 1 << 20, Wait::never).size;
  };
  EXPECT_EQ(look(0), 1u << 20);
  EXPECT_EQ(look(5'000'000), 1u << 20);
  EXPECT_EQ(look(bytes.size() - 1), 1u);
  flip_bit(only_file(), 6'000'000);
  EXPECT_THROW(look(5'500'000), DamageError);
  EXPECT_EQ(look(0), 1u << 20);
}

// What was acknowledged is what the next read gives, and another process's change is seen.
TEST_F(CachedReadTest, NoReadIsOlderThanAChangeThatWasAcknowledged) {
  put("a", "0");
  std::atomic<int> acknowledged = 0;
  std::atomic<bool> done = false;
  std::atomic<int> stale = 0;
  auto read = [&] {
    while (!done) {
      const int least = acknowledged;
      if (std::stoi(take("a", Wait::allowed)) < least) ++stale;
    }
  };
  std::thread first(read), second(read);
  for (int i = 1; i <= 100; ++i) {
    put("a", std::to_string(i));
    acknowledged = i;
    if (i % 10 == 0) put("other", "x");
  }
  done = true;
  first.join();
  second.join();
  EXPECT_EQ(stale, 0);
  EXPECT_EQ(open_files().second, 0);
  {
    sqlite::Database other(root_ + "/store/index.db", sqlite::Access::read_write);
    other.execute("UPDATE object SET etag='of another process'");
  }
  EXPECT_EQ(store_->head("photos", "a")->etag, "of another process");
}

}  // namespace
}  // namespace signpost::storage
