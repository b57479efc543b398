#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/file_io.hpp"
#include "storage/mapped_file.hpp"

namespace signpost::storage {

// A data file holds an object's bytes from its beginning on, so that sendfile(2) can send them, and
// behind them the CRC32C of each block of them (docs/formats/store.md).
inline constexpr std::size_t block_bytes = 64 * 1024;

// The checks of bytes that come in pieces: 4 bytes of memory for each block.
class BlockChecks {
 public:
  void update(std::string_view bytes);
  // What is to stand behind the bytes: four bytes a block, little-endian, the last block's too.
  std::string table() const;

 private:
  std::vector<std::uint32_t> whole_;
  std::uint32_t crc_ = 0;   // of the block that is not whole yet
  std::size_t filled_ = 0;  // bytes of it
};

// An open data file. What it gives was compared with its checks: a damaged block is a DamageError
// that names the file and the block. Files that were written before there were checks have
// none. Any number of threads may read at once.
class DataFile {
 public:
  // `size` is the object's, in bytes. Throws IoError; all of it WouldWait where it may not wait.
  DataFile(FileIo& io, std::string path, std::uint64_t size, bool is_checked, Wait wait);

  std::uint64_t size() const { return size_; }
  bool is_checked() const { return is_checked_; }
  // How many bytes the checks are.
  std::uint64_t checks_bytes() const;
  int descriptor() const { return file_.get(); }

  // Fills `into`, which ends within size(). Blocks that it has a part of are read whole.
  void read(std::uint64_t offset, std::span<char> into, Wait wait) const;
  // All of the object at once: one call to the kernel for the bytes and their checks.
  std::unique_ptr<char[]> read_all(Wait wait) const;
  // All of it, checks and all.
  std::shared_ptr<const MappedFile> map() const;
  // Whether that has these bytes in memory, and they are sound there: looked at as read() would.
  // False says no more than that read() is to find out.
  bool is_sound_in(const MappedFile& mapped, std::uint64_t offset, std::uint64_t count) const;
  // Throws where read() would: leaves the bytes in the page cache, for sendfile(2).
  void verify(std::uint64_t offset, std::uint64_t count, Wait wait) const;

 private:
  struct Blocks;
  Blocks blocks_of(std::uint64_t offset, std::uint64_t count, Wait wait) const;
  std::uint64_t block_size(std::uint64_t block) const;
  void read_exactly(std::uint64_t offset, std::span<char> into, Wait wait) const;
  void compare(std::string_view bytes, std::uint64_t block, std::string_view table,
               std::size_t at) const;
  bool is_sound_in_memory(const Blocks& blocks) const;
  void read_block(const Blocks& blocks, std::uint64_t block, char* into) const;

  FileIo* io_;
  std::string path_;
  std::uint64_t size_;
  bool is_checked_;
  Fd file_;
};

}  // namespace signpost::storage
