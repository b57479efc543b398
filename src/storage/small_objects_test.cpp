// Objects that lie in the index: as whole, as durable and as checked as those in files.
#include "storage/small_objects.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "base/random.hpp"
#include "sqlite/database.hpp"
#include "storage/store.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;

const std::uint64_t most = StoreOptions().small_bytes;

class SmallObjectsTest : public testing::Test {
 protected:
  SmallObjectsTest() {
    std::string pattern = testing::TempDir() + "small_objects_test_XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    open();
    store_->create_bucket("photos", "ann").value();
  }
  ~SmallObjectsTest() override {
    store_.reset();
    fs::remove_all(root_);
  }

  // With nothing in memory.
  void open(StoreOptions options = {}) {
    store_.reset();
    store_ = std::make_unique<Store>(root_ + "/store", nullptr, options);
  }
  std::string index_file() const { return root_ + "/store/index.db"; }

  // In pieces, with or without a word on how many bytes come.
  ObjectInfo put(const std::string& key, const std::string& bytes, bool announced = true) {
    PutWriter writer = announced ? store_->begin_put(true, bytes.size()) : store_->begin_put(true);
    for (std::size_t at = 0; at < bytes.size(); at += 5'000)
      writer.write(std::string_view(bytes).substr(at, 5'000));
    return writer.commit({"photos", key, {}, {}, {}, {}}).value();
  }
  std::string get(const std::string& key) {
    auto reader = store_->open("photos", key).value();
    return std::string(reader.take(0, reader.info().size, Wait::allowed).bytes);
  }
  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(root_ + "/store/objects"))
      count += entry.is_regular_file() ? 1 : 0;
    return count;
  }
  std::int64_t rows() const {
    sqlite::Database index(index_file(), sqlite::Access::read_only);
    auto count = index.prepare("SELECT count(*) FROM small_object");
    count.step();
    return count.integer(0);
  }
  std::vector<std::string> damaged() {
    std::vector<std::string> keys;
    (void)store_->check([&](const Store::Damage& damage) { keys.push_back(damage.key); });
    return keys;
  }
  // As somebody else's program would.
  void change_index(const char* sql) {
    sqlite::Database(index_file(), sqlite::Access::read_write).execute(sql);
  }

  std::string root_;
  std::unique_ptr<Store> store_;
};

TEST_F(SmallObjectsTest, UpToTheBoundThereIsNoFile) {
  for (const bool announced : {true, false})
    for (const std::uint64_t size : {std::uint64_t{1}, std::uint64_t{5'001}, most}) {
      const std::string bytes = random_bytes(size);
      EXPECT_EQ(put("k", bytes, announced).size, size);
      EXPECT_EQ(get("k"), bytes);
      EXPECT_EQ(std::pair(files(), rows()), std::pair(0uz, std::int64_t{1}));
      open();
      EXPECT_EQ(get("k"), bytes);
    }
  for (const bool announced : {true, false}) {
    const std::string bytes = random_bytes(most + 1);
    put("k", bytes, announced);
    EXPECT_EQ(get("k"), bytes);
    EXPECT_EQ(std::pair(files(), rows()), std::pair(1uz, std::int64_t{0}));
  }
  EXPECT_EQ(damaged(), std::vector<std::string>{});
}

TEST_F(SmallObjectsTest, WhatIsReplacedOrRemovedGoesWithTheSameCommit) {
  const std::string large = random_bytes(most + 1);
  put("k", "first");
  put("k", "second");
  EXPECT_EQ(rows(), 1);
  put("k", large);
  EXPECT_EQ(std::pair(files(), rows()), std::pair(1uz, std::int64_t{0}));
  put("k", "third");
  EXPECT_EQ(std::pair(files(), rows()), std::pair(0uz, std::int64_t{1}));
  put("k", "");
  EXPECT_EQ(rows(), 0);
  put("k", "fourth");
  ASSERT_TRUE(store_->put_field("photos", "k", "x-amz-tagging", "a=b"));
  EXPECT_EQ(get("k"), "fourth");
  WriteCondition wrong;
  wrong.if_match = "another";
  EXPECT_EQ(store_->remove("photos", "k", wrong).error(), Refusal::precondition_failed);
  EXPECT_EQ(get("k"), "fourth");
  ASSERT_TRUE(store_->remove("photos", "k"));
  EXPECT_EQ(rows(), 0);
  EXPECT_EQ(damaged(), std::vector<std::string>{});
}

TEST_F(SmallObjectsTest, ARefusedOrAbandonedOneLeavesNothing) {
  put("k", "first");
  PutWriter refused = store_->begin_put(false);
  refused.write("second");
  WriteCondition once;
  once.if_none_match_any = true;
  EXPECT_EQ(refused.commit({"photos", "k", {}, {}, once, {}}).error(),
            Refusal::precondition_failed);
  {
    PutWriter abandoned = store_->begin_put(false);
    abandoned.write("half of it");
  }
  EXPECT_EQ(std::pair(files(), rows()), std::pair(0uz, std::int64_t{1}));
  EXPECT_EQ(get("k"), "first");
}

TEST_F(SmallObjectsTest, AReaderKeepsItsVersionAndAnyRange) {
  const std::string bytes = random_bytes(most);
  put("k", bytes);
  auto reader = store_->open("photos", "k").value();
  put("k", "second");
  ASSERT_TRUE(store_->remove("photos", "k"));
  for (const std::size_t from : {0uz, 1uz, 5'000uz, bytes.size() - 1})
    for (const std::size_t count : {1uz, 3uz, bytes.size()}) {
      std::string part(count, '\0');
      part.resize(reader.read(from, part));
      EXPECT_EQ(part, bytes.substr(from, count));
      EXPECT_EQ(reader.take(from, part.size(), Wait::never).bytes, part);
    }
  std::string part(1, '\0');
  EXPECT_EQ(reader.read(bytes.size(), part), 0u);
  EXPECT_THROW((void)reader.piece(0, 1), std::logic_error);
}

TEST_F(SmallObjectsTest, WhatIsNotInMemoryIsNotReadWithoutWaiting) {
  put("k", "bytes");
  EXPECT_TRUE(store_->open("photos", "k", Wait::never)) << "what was written just now is";
  open();
  EXPECT_THROW((void)store_->open("photos", "k", Wait::never), WouldWait);
  EXPECT_EQ(get("k"), "bytes");
  EXPECT_TRUE(store_->open("photos", "k", Wait::never));
}

TEST_F(SmallObjectsTest, CopiesLieWhereTheirSizeSays) {
  put("k", "bytes");
  const auto copy = [&](const std::string& from, const std::string& to) {
    auto source = store_->open("photos", from).value();
    EXPECT_EQ(store_->copy(source, {"photos", to, {}, {}, {}, {}})->etag, source.info().etag);
  };
  copy("k", "copy");
  copy("k", "k");
  EXPECT_EQ(get("copy"), "bytes");
  EXPECT_EQ(std::pair(files(), rows()), std::pair(0uz, std::int64_t{2}));
  open({.small_bytes = 0});
  copy("k", "in a file");
  EXPECT_EQ(get("in a file"), "bytes");
  EXPECT_EQ(files(), 1u);
  EXPECT_EQ(damaged(), std::vector<std::string>{});
}

TEST_F(SmallObjectsTest, APartHasAFileHoweverSmall) {
  const std::string upload = store_->create_upload("photos", "k", {}).value();
  PutWriter writer = store_->begin_put(false);
  writer.write("a part");
  Completion completion;
  completion.parts.push_back(
      {1, writer.commit_part({"photos", "k", upload, 1, {}}).value().etag, {}});
  ASSERT_TRUE(store_->complete_upload("photos", "k", upload, completion));
  EXPECT_EQ(get("k"), "a part");
  EXPECT_EQ(std::pair(files(), rows()), std::pair(1uz, std::int64_t{0}));
}

// The bytes of one object in the index's file, flipped on the disk below SQLite.
TEST_F(SmallObjectsTest, FlippedBitsAreNeverReadAndAllFound) {
  const std::string bytes = random_bytes(most);
  for (int i = 0; i < 20; ++i) put("other " + std::to_string(i), random_bytes(100));
  put("k", bytes);
  store_.reset();
  change_index("PRAGMA wal_checkpoint(TRUNCATE)");
  std::mt19937_64 random(20261128);
  int flipped = 0;
  for (int round = 0; round < 60; ++round) {
    // A few bytes in a row lie in one page of SQLite's, at an unknown place.
    const std::size_t at = random() % (bytes.size() - 32);
    std::ifstream file(index_file(), std::ios::binary);
    const std::string all(std::istreambuf_iterator<char>(file), {});
    const std::size_t found = all.find(bytes.substr(at, 32));
    if (found == std::string::npos) continue;  // it goes over the end of a page
    const auto offset = static_cast<off_t>(found + random() % 32);
    const auto flip = [&] {
      const int fd = ::open(index_file().c_str(), O_RDWR | O_CLOEXEC);
      char byte = 0;
      ASSERT_EQ(::pread(fd, &byte, 1, offset), 1);
      byte = static_cast<char>(byte ^ (1 << (round % 8)));
      ASSERT_EQ(::pwrite(fd, &byte, 1, offset), 1);
      ::close(fd);
    };
    flip();
    ++flipped;
    open();
    EXPECT_THROW((void)get("k"), DamageError);
    auto reader = store_->open("photos", "k").value();
    std::string one(1, '\0');
    EXPECT_THROW((void)reader.read(0, one), DamageError);
    EXPECT_THROW((void)store_->copy(reader, {"photos", "copy", {}, {}, {}, {}}), DamageError);
    EXPECT_EQ(damaged(), std::vector<std::string>{"k"});
    store_.reset();
    flip();
    ASSERT_FALSE(HasFailure()) << offset;
  }
  EXPECT_GT(flipped, 40);
  open();
  EXPECT_EQ(damaged(), std::vector<std::string>{});
  EXPECT_EQ(get("k"), bytes);
}

TEST_F(SmallObjectsTest, MissingOrShortenedBytesAreDamage) {
  put("gone", "bytes");
  put("short", "bytes");
  put("fine", "bytes");
  open();
  change_index(
      "DELETE FROM small_object WHERE id=(SELECT small FROM object WHERE key=CAST('gone' AS "
      "BLOB))");
  change_index(
      "UPDATE small_object SET bytes=substr(bytes, 1, 4) WHERE id="
      "(SELECT small FROM object WHERE key=CAST('short' AS BLOB))");
  EXPECT_THROW((void)store_->open("photos", "gone"), DamageError);
  EXPECT_THROW((void)get("short"), DamageError);
  EXPECT_EQ(get("fine"), "bytes");
  EXPECT_EQ(damaged(), (std::vector<std::string>{"gone", "short"}));
  change_index(
      "UPDATE small_object SET bytes='bytes' WHERE id="
      "(SELECT small FROM object WHERE key=CAST('short' AS BLOB))");
  EXPECT_EQ(get("short"), "bytes") << "damage is not kept in memory";
}

// Writers, readers and removers of the same keys: each read gives one of the versions, whole.
TEST_F(SmallObjectsTest, EachReadIsOfOneVersion) {
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0, read = 0;
  const auto key = [](int i) { return std::to_string(i % 3); };
  const auto write = [&](int thread) {
    for (int i = 0; i < 150; ++i) {
      if (i % 7 == 6) (void)store_->remove("photos", key(i));
      put(key(i), std::string(static_cast<std::size_t>(1 + i * 37 + thread), "ab"[thread]));
    }
  };
  const auto look = [&] {
    for (int i = 0; !done; ++i) {
      auto reader = store_->open("photos", key(i));
      if (!reader) continue;
      const auto taken = reader->take(0, reader->info().size, Wait::allowed);
      if (taken.bytes.find_first_not_of(taken.bytes[0]) != std::string_view::npos) ++wrong;
      ++read;
    }
  };
  std::thread readers[] = {std::thread(look), std::thread(look)};
  std::thread writers[] = {std::thread(write, 0), std::thread(write, 1)};
  for (auto& thread : writers) thread.join();
  done = true;
  for (auto& thread : readers) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(read, 100);
  EXPECT_EQ(rows(), 3);
}

TEST_F(SmallObjectsTest, GiveTheirRoomBack) {
  constexpr int count = 2'000;
  const auto key = [](int i) { return std::to_string(i); };
  const auto bytes = [&](int i) { return key(i) + std::string(most - 10, 'x'); };
  std::vector<std::thread> writers;
  for (int thread = 0; thread < 8; ++thread)
    writers.emplace_back([&, thread] {
      for (int i = thread; i < count; i += 8) put(key(i), bytes(i));
    });
  for (auto& thread : writers) thread.join();
  EXPECT_FALSE(store_->give_back_room());
  open();
  const auto before = fs::file_size(index_file());
  ASSERT_GT(before, count * most);

  for (int i = 0; i < count; ++i)
    if (i % 100 != 7) (void)store_->remove("photos", key(i));
  int steps = 0;
  while (store_->give_back_room()) ++steps;
  EXPECT_GT(steps, 10);
  EXPECT_EQ(get(key(7)), bytes(7));
  open();
  EXPECT_LT(fs::file_size(index_file()), before * 2 / 3);
  for (int i = 7; i < count; i += 100) EXPECT_EQ(get(key(i)), bytes(i));
  EXPECT_EQ(damaged(), std::vector<std::string>{});
  put("one more", bytes(0));
  EXPECT_EQ(get("one more"), bytes(0));
}

TEST(SmallObjects, AreKeptWithinABound) {
  SmallObjects small;
  const auto make = [] { return std::make_shared<const SmallBytes>(std::string(1 << 20, 'x')); };
  for (int row = 1; row <= 100; ++row) small.keep(row, make());
  int kept = 0;
  for (int row = 1; row <= 100; ++row) kept += small.find(row) ? 1 : 0;
  EXPECT_GT(kept, 25);
  EXPECT_LE(kept, 32);
  EXPECT_TRUE(small.find(100));
  small.forget(100);
  EXPECT_FALSE(small.find(100));
  for (int row = 0; row < 10'000; ++row) {
    small.keep(1'000 + row, make());
    small.forget(1'000 + row);
  }
  EXPECT_FALSE(small.find(10'999));
}

}  // namespace
}  // namespace signpost::storage
