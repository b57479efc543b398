// What is looked at where the system has it: never a crash, and never anything but what the file
// has.
#include "storage/mapped_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "base/random.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t size = 1 << 20;

class MappedFileTest : public testing::Test {
 protected:
  MappedFileTest() : bytes_(random_bytes(size)) {
    std::string pattern = testing::TempDir() + "mapped_file_test_XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    path_ = root_ + "/file";
    std::ofstream(path_, std::ios::binary) << bytes_;
    file_ = open_file(io_, path_, O_RDONLY);
  }
  ~MappedFileTest() override { fs::remove_all(root_); }

  static bool is_read(const MappedFile& mapped, std::string_view expected) {
    return mapped.look([&] { return mapped.bytes() == expected; });
  }

  FileIo io_;
  std::string bytes_, root_, path_;
  Fd file_;
};

TEST_F(MappedFileTest, HasTheBytesOfTheFile) {
  const MappedFile whole(io_, file_.get(), 0, size);
  EXPECT_TRUE(whole.is_in_memory(whole.bytes()));  // written just now
  EXPECT_TRUE(is_read(whole, bytes_));
  const MappedFile some(io_, file_.get(), 65536, 100'001);
  EXPECT_TRUE(is_read(some, std::string_view(bytes_).substr(65536, 100'001)));
  EXPECT_TRUE(some.is_in_memory(some.bytes().substr(70'001, 10)));
  EXPECT_FALSE(some.look([] { return false; }));
}

TEST_F(MappedFileTest, WhatCannotBeMappedHasNoBytes) {
  const MappedFile none(io_, -1, 0, size);
  EXPECT_TRUE(none.bytes().empty());
  EXPECT_FALSE(none.is_in_memory(none.bytes()));
}

TEST_F(MappedFileTest, WhatIsNotInMemoryIsSaidToBeElsewhere) {
  ASSERT_EQ(::fsync(file_.get()), 0);
  if (::posix_fadvise(file_.get(), 0, 0, POSIX_FADV_DONTNEED) != 0) GTEST_SKIP();
  const MappedFile whole(io_, file_.get(), 0, size);
  if (whole.is_in_memory(whole.bytes())) GTEST_SKIP() << "a file system that has no other place";
  EXPECT_TRUE(is_read(whole, bytes_));  // it waits for the disk
  EXPECT_TRUE(whole.is_in_memory(whole.bytes()));
}

TEST_F(MappedFileTest, AFileThatIsCutOffIsNoCrash) {
  const MappedFile whole(io_, file_.get(), 0, size);
  ASSERT_TRUE(is_read(whole, bytes_));
  fs::resize_file(path_, 500'000);
  EXPECT_FALSE(is_read(whole, bytes_));
  // Zeros are what is seen, which must not pass for what is there.
  std::string zeros = bytes_.substr(0, 500'000);
  zeros.resize(size);
  const MappedFile again(io_, file_.get(), 0, size);
  EXPECT_FALSE(is_read(again, zeros));
}

// Somebody else may have compared it before, and send it now.
TEST_F(MappedFileTest, ALookThatFailsPutsNothingInThePlaceOfWhatIsGone) {
  const MappedFile whole(io_, file_.get(), 0, size);
  ASSERT_TRUE(is_read(whole, bytes_));
  fs::resize_file(path_, 4096);
  ASSERT_FALSE(is_read(whole, bytes_));
  const Fd other = open_file(io_, root_ + "/other", O_WRONLY | O_CREAT);
  EXPECT_EQ(::write(other.get(), whole.bytes().data() + size - 1, 1), -1);
  EXPECT_EQ(errno, EFAULT);
}

TEST_F(MappedFileTest, EachThreadHasItsOwn) {
  fs::resize_file(path_, 4096);
  const std::string other = root_ + "/other";
  std::ofstream(other, std::ios::binary) << bytes_;
  const Fd sound = open_file(io_, other, O_RDONLY);
  std::atomic<int> wrong = 0;
  auto look = [&](int fd, bool expected) {
    for (int i = 0; i < 50; ++i) {
      const MappedFile mapped(io_, fd, 0, size);
      wrong += is_read(mapped, bytes_) != expected;
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back(look, file_.get(), false);
    threads.emplace_back(look, sound.get(), true);
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

using MappedFileDeathTest = MappedFileTest;

// Whoever does not look through look() is not protected: that would hide what is wrong.
TEST_F(MappedFileDeathTest, OutsideOfALookTheSignalIsWhatItWas) {
  const MappedFile whole(io_, file_.get(), 0, size);
  ASSERT_TRUE(is_read(whole, bytes_));
  fs::resize_file(path_, 4096);
  const volatile char& last = whole.bytes()[size - 1];
  const auto look = [&] { std::_Exit(last & 0); };
  EXPECT_DEATH(look(), "");  // by SIGBUS, or the sanitizer that has it
}

}  // namespace
}  // namespace signpost::storage
