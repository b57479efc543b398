#include "storage/data_file.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "s3/crc32c.hpp"

namespace signpost::storage {
namespace {

constexpr std::size_t check_bytes = 4;
// Up to here one call reads an object and its checks.
constexpr std::uint64_t whole_bytes = 256 * 1024;

void append_check(std::string& table, std::uint32_t crc) {
  for (int shift = 0; shift < 32; shift += 8) table.push_back(static_cast<char>(crc >> shift));
}

std::uint32_t check_at(std::string_view table, std::size_t index) {
  std::uint32_t crc = 0;
  for (std::size_t i = check_bytes; i > 0; --i)
    crc = crc << 8 | static_cast<unsigned char>(table[index * check_bytes + i - 1]);
  return crc;
}

std::uint32_t check(std::string_view block) {
  return s3::crc32c(block);
}

// The same where the bytes come from memory, not from a cache: those that follow are fetched
// meanwhile, for the processor by itself does not look that far ahead.
std::uint32_t check_ahead(std::string_view block) {
  constexpr std::size_t step = 2048, ahead = 8192, line = 64;
  std::uint32_t crc = 0;
  while (!block.empty()) {
    const std::string_view piece = block.substr(0, step);
    for (std::size_t at = 0; at < step; at += line)
      __builtin_prefetch(piece.data() + ahead + at, 0, 2);
    crc = s3::crc32c(piece, crc);
    block.remove_prefix(piece.size());
  }
  return crc;
}

// Whether blocks that follow each other, from the beginning of the first one on, are what their
// checks say.
bool are_sound(std::string_view bytes, std::string_view table, decltype(check) check_of) {
  for (std::size_t block = 0; !bytes.empty(); ++block) {
    const std::string_view piece = bytes.substr(0, block_bytes);
    if (check_of(piece) != check_at(table, block)) return false;
    bytes.remove_prefix(piece.size());
  }
  return true;
}

}  // namespace

void BlockChecks::update(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, block_bytes - filled_);
    crc_ = s3::crc32c(piece, crc_);
    filled_ += piece.size();
    bytes.remove_prefix(piece.size());
    if (filled_ < block_bytes) return;
    whole_.push_back(crc_);
    crc_ = 0;
    filled_ = 0;
  }
}

std::string BlockChecks::table() const {
  std::string table;
  table.reserve((whole_.size() + 1) * check_bytes);
  for (const std::uint32_t crc : whole_) append_check(table, crc);
  if (filled_ > 0) append_check(table, crc_);
  return table;
}

// The blocks that some bytes lie in, with their checks.
struct DataFile::Blocks {
  std::uint64_t first;
  std::uint64_t end;
  std::string table;
  Wait wait;
};

DataFile::DataFile(FileIo& io, std::string path, std::uint64_t size, bool is_checked, Wait wait)
    : io_(&io),
      path_(std::move(path)),
      size_(size),
      is_checked_(is_checked),
      file_(open_to_read(io, path_, wait)) {}

std::uint64_t DataFile::checks_bytes() const {
  return is_checked_ ? (size_ + block_bytes - 1) / block_bytes * check_bytes : 0;
}

std::uint64_t DataFile::block_size(std::uint64_t block) const {
  return std::min<std::uint64_t>(block_bytes, size_ - block * block_bytes);
}

void DataFile::read_exactly(std::uint64_t offset, std::span<char> into, Wait wait) const {
  if (read_at(*io_, file_.get(), into.data(), into.size(), offset, path_, wait) < into.size())
    throw DamageError(path_ + " is shorter than its object");
}

DataFile::Blocks DataFile::blocks_of(std::uint64_t offset, std::uint64_t count, Wait wait) const {
  Blocks blocks{offset / block_bytes, (offset + count + block_bytes - 1) / block_bytes, {}, wait};
  blocks.table.resize(static_cast<std::size_t>(blocks.end - blocks.first) * check_bytes);
  read_exactly(size_ + blocks.first * check_bytes, blocks.table, wait);
  return blocks;
}

void DataFile::compare(std::string_view bytes, std::uint64_t block, std::string_view table,
                       std::size_t at) const {
  if (check(bytes) != check_at(table, at))
    throw DamageError(path_ + " is damaged in block " + std::to_string(block));
}

void DataFile::read_block(const Blocks& blocks, std::uint64_t block, char* into) const {
  const std::span<char> bytes(into, static_cast<std::size_t>(block_size(block)));
  read_exactly(block * block_bytes, bytes, blocks.wait);
  compare({bytes.data(), bytes.size()}, block, blocks.table,
          static_cast<std::size_t>(block - blocks.first));
}

void DataFile::read(std::uint64_t offset, std::span<char> into, Wait wait) const {
  if (!is_checked_) return read_exactly(offset, into, wait);
  if (into.empty()) return;
  const Blocks blocks = blocks_of(offset, into.size(), wait);
  const std::uint64_t end = offset + into.size();
  std::unique_ptr<char[]> spare;  // a block of which only a part is wanted
  for (std::uint64_t block = blocks.first; block < blocks.end; ++block) {
    const std::uint64_t begins = block * block_bytes, ends = begins + block_size(block);
    if (begins >= offset && ends <= end) {
      read_block(blocks, block, into.data() + (begins - offset));
      continue;
    }
    if (!spare) spare = std::make_unique_for_overwrite<char[]>(block_bytes);
    read_block(blocks, block, spare.get());
    const std::uint64_t from = std::max(begins, offset), to = std::min(ends, end);
    std::copy_n(spare.get() + (from - begins), to - from, into.data() + (from - offset));
  }
}

std::unique_ptr<char[]> DataFile::read_all(Wait wait) const {
  const auto size = static_cast<std::size_t>(size_);
  const auto checks = static_cast<std::size_t>(checks_bytes());
  auto bytes = std::make_unique_for_overwrite<char[]>(size + checks);
  read_exactly(0, {bytes.get(), size + checks}, wait);
  const std::string_view all(bytes.get(), size), table(bytes.get() + size, checks);
  for (std::size_t i = 0; i < checks / check_bytes; ++i)
    compare(all.substr(i * block_bytes, block_bytes), i, table, i);
  return bytes;
}

std::shared_ptr<const MappedFile> DataFile::map() const {
  const auto size = static_cast<std::size_t>(size_ + checks_bytes());
  return std::make_shared<const MappedFile>(*io_, file_.get(), 0, size);
}

bool DataFile::is_sound_in(const MappedFile& mapped, std::uint64_t offset,
                           std::uint64_t count) const {
  const auto first = static_cast<std::size_t>(offset / block_bytes);
  const auto end = static_cast<std::size_t>((offset + count + block_bytes - 1) / block_bytes);
  const auto size = static_cast<std::size_t>(size_);
  if (mapped.bytes().empty()) return false;
  const std::string_view all = mapped.bytes(), table = all.substr(size);
  const auto bytes = all.substr(0, std::min(end * block_bytes, size)).substr(first * block_bytes);
  // The table follows the last block: one question for both, where there is nothing between.
  const bool is_in_memory = end * block_bytes >= size
                                ? mapped.is_in_memory(all.substr(first * block_bytes))
                                : mapped.is_in_memory(bytes) && mapped.is_in_memory(table);
  if (!is_in_memory) return false;
  return mapped.look([&] { return are_sound(bytes, table.substr(first * check_bytes), check); });
}

bool DataFile::is_sound_in_memory(const Blocks& blocks) const {
  const std::uint64_t begin = blocks.first * block_bytes;
  const auto size = static_cast<std::size_t>(std::min(blocks.end * block_bytes, size_) - begin);
  const MappedFile mapped(*io_, file_.get(), begin, size);
  if (!mapped.is_in_memory(mapped.bytes())) return false;
  return mapped.look([&] { return are_sound(mapped.bytes(), blocks.table, check_ahead); });
}

void DataFile::verify(std::uint64_t offset, std::uint64_t count, Wait wait) const {
  if (!is_checked_ || count == 0) return;
  if (count == size_ && size_ <= whole_bytes) return static_cast<void>(read_all(wait));
  const Blocks blocks = blocks_of(offset, count, wait);
  if (wait == Wait::never && is_sound_in_memory(blocks)) return;
  const auto bytes = std::make_unique_for_overwrite<char[]>(block_bytes);
  for (std::uint64_t block = blocks.first; block < blocks.end; ++block)
    read_block(blocks, block, bytes.get());
}

}  // namespace signpost::storage
