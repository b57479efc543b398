// Damage in data files: never given out as whole, and always found.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "base/limits.hpp"
#include "base/random.hpp"
#include "s3/crc32c.hpp"
#include "sqlite/database.hpp"
#include "storage/store.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;
constexpr StoreOptions in_files{.small_bytes = 0};

TEST(Crc32c, IsThatOfRfc3720) {
  EXPECT_EQ(s3::crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(s3::crc32c(std::string(32, '\xff')), 0x62A8AB43u);
  EXPECT_EQ(s3::crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(s3::crc32c("6789", s3::crc32c("12345")), 0xE3069283u);
  EXPECT_EQ(s3::crc32c(""), 0u);
}

class DataFileTest : public testing::Test {
 protected:
  DataFileTest() {
    std::string pattern = testing::TempDir() + "data_file_test_XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    store_ = std::make_unique<Store>(root_ + "/store", nullptr, in_files);
    store_->create_bucket("photos", "ann").value();
  }
  ~DataFileTest() override {
    store_.reset();
    fs::remove_all(root_);
  }

  // The files that are new since the last call.
  std::vector<fs::path> new_files() {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(root_ + "/store/objects"))
      if (entry.is_regular_file() && seen_.insert(entry.path()).second)
        found.push_back(entry.path());
    return found;
  }

  // Remembers the object's bytes and files.
  void put(const std::string& key, const std::string& bytes) {
    PutWriter writer = store_->begin_put(false);
    // In pieces that end nowhere near the blocks' ends.
    for (std::size_t at = 0; at < bytes.size(); at += 10'007)
      writer.write(std::string_view(bytes).substr(at, 10'007));
    writer.commit({"photos", key, {}, {}, {}, {}}).value();
    bytes_[key] = bytes;
    for (const auto& file : new_files()) files_.emplace_back(key, file);
  }

  void put_part(const std::string& key, const std::string& upload, std::uint32_t number,
                const std::string& bytes, Completion& completion) {
    PutWriter writer = store_->begin_put(false);
    writer.write(bytes);
    const auto part = writer.commit_part({"photos", key, upload, number, {}}).value();
    completion.parts.push_back({number, part.etag, {}});
    bytes_[key] += bytes;
    for (const auto& file : new_files()) files_.emplace_back(key, file);
  }

  std::string read_all(const std::string& key) {
    auto reader = store_->open("photos", key).value();
    std::string bytes(reader.info().size, '\0');
    EXPECT_EQ(reader.read(0, bytes), bytes.size());
    return bytes;
  }

  std::vector<std::string> damaged() {
    std::vector<std::string> keys;
    (void)store_->check([&](const Store::Damage& damage) { keys.push_back(damage.key); });
    return keys;
  }

  std::string root_;
  std::unique_ptr<Store> store_;
  std::set<fs::path> seen_;
  std::map<std::string, std::string> bytes_;
  std::vector<std::pair<std::string, fs::path>> files_;  // key, file
};

void flip(const fs::path& file, std::uint64_t bit) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  char byte = 0;
  ASSERT_EQ(::pread(fd, &byte, 1, static_cast<off_t>(bit / 8)), 1);
  byte = static_cast<char>(byte ^ (1 << (bit % 8)));
  ASSERT_EQ(::pwrite(fd, &byte, 1, static_cast<off_t>(bit / 8)), 1);
  ::close(fd);
}

TEST_F(DataFileTest, AnyRangeIsWhatWasPut) {
  const std::size_t sizes[] = {1, 65'535, 65'536, 65'537, 131'072, 200'000};
  for (const std::size_t size : sizes) {
    const std::string key = std::to_string(size);
    put(key, random_bytes(size));
    EXPECT_EQ(fs::file_size(files_.back().second), size + (size + 65'535) / 65'536 * 4);
    auto reader = store_->open("photos", key).value();
    for (const std::size_t from : {0uz, 1uz, 65'535uz, 65'536uz, 65'537uz, size / 2, size - 1})
      for (const std::size_t count : {1uz, 2uz, 65'536uz, 65'537uz, size}) {
        if (from >= size) continue;
        std::string bytes(count, '\0');
        bytes.resize(reader.read(from, bytes));
        EXPECT_EQ(bytes, bytes_[key].substr(from, count)) << size << " " << from << " " << count;
        const auto piece = reader.piece(from, count);
        EXPECT_EQ(piece.offset, from);
        EXPECT_EQ(piece.size, std::min<std::uint64_t>(count, size - from));
      }
    EXPECT_EQ(reader.read(size, std::span(bytes_[key])), 0u);
  }
}

TEST_F(DataFileTest, AThousandFlipsAreNeverReadAndAllFound) {
  put("small", random_bytes(1));
  put("block", random_bytes(65'536));
  put("some", random_bytes(150'001));
  Completion completion;
  const std::string upload = store_->create_upload("photos", "parts", {}).value();
  put_part("parts", upload, 1, random_bytes(limits::smallest_part_bytes), completion);
  put_part("parts", upload, 2, random_bytes(70'000), completion);
  store_->complete_upload("photos", "parts", upload, completion).value();
  const std::string open_upload = store_->create_upload("photos", "under way", {}).value();
  put_part("under way", open_upload, 1, random_bytes(1'000), completion);
  ASSERT_EQ(files_.size(), 6u);
  ASSERT_EQ(damaged(), std::vector<std::string>{});

  std::mt19937_64 random(20261124);
  for (int round = 0; round < 1'000; ++round) {
    const auto& [key, file] = files_[static_cast<std::size_t>(round) % files_.size()];
    const std::uint64_t bit = random() % (fs::file_size(file) * 8);
    SCOPED_TRACE(key + ", bit " + std::to_string(bit));
    flip(file, bit);
    if (key != "under way") EXPECT_THROW((void)read_all(key), IoError);
    EXPECT_EQ(damaged(), std::vector<std::string>{key});
    flip(file, bit);
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_EQ(damaged(), std::vector<std::string>{});
  for (const auto& [key, bytes] : bytes_)
    if (key != "under way") EXPECT_EQ(read_all(key), bytes);
}

TEST_F(DataFileTest, WhatIsNotDamagedIsReadBesideWhatIs) {
  put("k", random_bytes(200'000));
  flip(files_.back().second, 70'000 * 8);  // in the second block
  auto reader = store_->open("photos", "k").value();
  std::string bytes(65'536, '\0');
  EXPECT_EQ(reader.read(0, bytes), 65'536u);
  EXPECT_EQ(bytes, bytes_["k"].substr(0, 65'536));
  EXPECT_NO_THROW((void)reader.piece(131'072, 1'000'000));
  EXPECT_THROW((void)reader.piece(0, 65'537), IoError);
  EXPECT_THROW((void)reader.read(131'071, std::span(bytes).first(1)), IoError);
}

TEST_F(DataFileTest, NoCopyIsMadeOfWhatIsDamaged) {
  put("k", random_bytes(100'000));
  flip(files_.back().second, 8);
  auto reader = store_->open("photos", "k").value();
  EXPECT_THROW((void)store_->copy(reader, {"photos", "copy", {}, {}, {}, {}}), IoError);
  EXPECT_EQ(store_->head("photos", "copy").error(), Refusal::no_such_key);
  flip(files_.back().second, 8);
  ASSERT_TRUE(store_->copy(reader, {"photos", "copy", {}, {}, {}, {}}));
  EXPECT_EQ(read_all("copy"), bytes_["k"]);
  flip(new_files().at(0), 8);
  EXPECT_THROW((void)read_all("copy"), IoError);  // the copy has checks of its own
  EXPECT_EQ(damaged(), std::vector<std::string>{"copy"});
}

// As a program wrote it that knew no checks: the name alone, and no checks behind the bytes.
TEST_F(DataFileTest, WhatWasWrittenBeforeThereWereChecksIsReadAndChecked) {
  put("old", random_bytes(100'000));
  const fs::path file = files_.back().second;
  const fs::path plain = file.parent_path() / file.filename().string().substr(0, 32);
  store_.reset();
  fs::rename(file, plain);
  fs::resize_file(plain, 100'000);
  ASSERT_EQ(new_files(), std::vector<fs::path>{plain});
  {
    sqlite::Database index(root_ + "/store/index.db", sqlite::Access::read_write);
    index.execute("UPDATE object SET data=substr(data, 1, 32)");
  }
  store_ = std::make_unique<Store>(root_ + "/store", nullptr, in_files);
  EXPECT_EQ(store_->collect_orphans(std::chrono::seconds{0}), 0u);
  EXPECT_EQ(read_all("old"), bytes_["old"]);
  EXPECT_EQ(damaged(), std::vector<std::string>{});
  auto reader = store_->open("photos", "old").value();
  ASSERT_TRUE(store_->copy(reader, {"photos", "copy", {}, {}, {}, {}}));
  EXPECT_EQ(store_->head("photos", "copy")->etag, store_->head("photos", "old")->etag);
  EXPECT_EQ(fs::file_size(new_files().at(0)), 100'008u);

  flip(plain, 50'000 * 8);
  EXPECT_EQ(damaged(), std::vector<std::string>{"old"});
}

// Not every byte of it carries meaning, and where the start fails the damage is told too.
TEST_F(DataFileTest, ADamagedIndexIsNamed) {
  for (int i = 0; i < 100; ++i) put(std::to_string(i), "x");
  store_.reset();
  const std::string index = root_ + "/store/index.db";
  sqlite::Database(index, sqlite::Access::read_write).execute("PRAGMA wal_checkpoint(TRUNCATE)");
  const fs::path whole = root_ + "/whole.db";
  fs::copy_file(index, whole);
  const auto pages = fs::file_size(index) / 4'096;
  std::size_t told = 0;
  for (std::size_t page = 0; page < pages; ++page) {
    const int fd = ::open(index.c_str(), O_RDWR | O_CLOEXEC);
    const std::string junk(3'000, '\x5a');
    ASSERT_EQ(::pwrite(fd, junk.data(), junk.size(), static_cast<off_t>(page * 4'096)), 3'000);
    ::close(fd);
    try {
      store_ = std::make_unique<Store>(root_ + "/store", nullptr, in_files);
      bool found = false;
      (void)store_->check([&](const Store::Damage& damage) { found |= damage.bucket.empty(); });
      told += found ? 1 : 0;
    } catch (const sqlite::Error&) {
      ++told;
    }
    store_.reset();
    fs::copy_file(whole, index, fs::copy_options::overwrite_existing);
    for (const char* log : {"-wal", "-shm"}) fs::remove(index + log);
  }
  EXPECT_GT(told, pages / 2);
  store_ = std::make_unique<Store>(root_ + "/store", nullptr, in_files);
  EXPECT_EQ(damaged(), std::vector<std::string>{});
}

}  // namespace
}  // namespace signpost::storage
