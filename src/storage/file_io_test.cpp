// What of a long upload is not to stay in memory, where a file system can be told so and where not.
#include "storage/file_io.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>

#include "base/random.hpp"
#include "storage/store.hpp"

namespace signpost::storage {
namespace {

// Counts the bytes that went each way.
class CountingIo : public FileIo {
 public:
  CountingIo(std::uint64_t& kept, std::uint64_t& uncached) : kept_(kept), uncached_(uncached) {}
  ssize_t write(int fd, const char* bytes, std::size_t count) override {
    kept_ += count;
    return FileIo::write(fd, bytes, count);
  }
  ssize_t write_uncached(int fd, const char* bytes, std::size_t count) override {
    uncached_ += count;
    return FileIo::write_uncached(fd, bytes, count);
  }

 private:
  std::uint64_t& kept_;
  std::uint64_t& uncached_;
};

TEST(FileIo, WritesWhereTheDescriptorStandsAlsoWhereThereIsNoOtherWayThanMemory) {
  const Fd file(::memfd_create("file_io_test", MFD_CLOEXEC));
  FileIo io;
  EXPECT_EQ(io.write(file.get(), "ab", 2), 2);
  EXPECT_EQ(io.write_uncached(file.get(), "cd", 2), 2);
  EXPECT_EQ(io.write(file.get(), "ef", 2), 2);
  std::string bytes(7, '\0');
  EXPECT_EQ(io.pread(file.get(), bytes.data(), bytes.size(), 0), 6);
  EXPECT_EQ(bytes, std::string("abcdef\0", 7));
}

TEST(FileIo, TheEndOfALongObjectIsNotToStayInMemory) {
  constexpr std::size_t piece = 1 << 20, pieces = 17;
  std::string root = testing::TempDir() + "file_io_test_XXXXXX";
  ASSERT_NE(::mkdtemp(root.data()), nullptr);
  std::uint64_t kept = 0, uncached = 0;
  Store store(root + "/store", std::make_unique<CountingIo>(kept, uncached));
  store.create_bucket("photos", "ann").value();
  const std::uint64_t before = kept;
  const std::string bytes = random_bytes(piece);
  PutWriter writer = store.begin_put(false);
  for (std::size_t i = 0; i < pieces; ++i) writer.write(bytes);
  writer.commit({"photos", "k", {}, {}, {}, {}}).value();
  EXPECT_EQ(uncached, piece);
  EXPECT_GE(kept - before, (pieces - 1) * piece);

  const auto reader = store.open("photos", "k").value();
  std::string read(piece, '\0');
  for (std::size_t i = 0; i < pieces; ++i) {
    ASSERT_EQ(reader.read(i * piece, read), piece);
    EXPECT_EQ(read, bytes);
  }
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace signpost::storage
