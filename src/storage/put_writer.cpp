#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/hex.hpp"
#include "base/random.hpp"
#include "storage/index.hpp"
#include "storage/store.hpp"

namespace signpost::storage {

PutWriter::PutWriter(Store& store, bool with_sha256)
    : store_(&store), md5_(std::make_unique<Md5>()) {
  if (with_sha256) sha256_.emplace();
}

PutWriter::PutWriter(PutWriter&& other) noexcept
    : store_(other.store_),
      file_(std::move(other.file_)),
      data_(std::exchange(other.data_, {})),
      size_(other.size_),
      md5_(std::move(other.md5_)),
      sha256_(std::move(other.sha256_)),
      md5_result_(other.md5_result_),
      sha256_result_(other.sha256_result_) {}

PutWriter::~PutWriter() {
  drop();
}

void PutWriter::drop() {
  if (data_.empty()) return;
  store_->remove_data(data_);
  data_.clear();
}

void PutWriter::create_file() {
  DataId id = random_hex(16);
  file_ = open_file(*store_->io_, store_->layout_.data_file(id), O_WRONLY | O_CREAT | O_EXCL);
  data_ = std::move(id);
}

void PutWriter::write(std::string_view bytes) {
  if (bytes.empty()) return;
  if (data_.empty()) create_file();
  write_all(*store_->io_, file_.get(), bytes, store_->layout_.data_file(data_));
  md5_->update(bytes);
  if (sha256_) sha256_->update(bytes);
  size_ += bytes.size();
}

const Md5Digest& PutWriter::md5() {
  if (!md5_result_) md5_result_ = md5_->finish();
  return *md5_result_;
}

const Sha256Digest& PutWriter::sha256() {
  if (!sha256_result_) sha256_result_ = sha256_->finish();
  return *sha256_result_;
}

void PutWriter::copy_from(const ObjectReader& source) {
  if (source.info().size == 0) return;
  create_file();
  const std::string path = store_->layout_.data_file(data_);
  constexpr std::size_t step_bytes = 64 * 1024 * 1024;
  while (size_ < source.info().size) {
    std::size_t step =
        static_cast<std::size_t>(std::min<std::uint64_t>(step_bytes, source.info().size - size_));
    ssize_t n = store_->io_->copy_file_range(source.descriptor(), size_, file_.get(), step);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw IoError(errno, "copying to " + path);
    if (n == 0) throw IoError(EIO, "the source of " + path + " is shorter than its object");
    size_ += static_cast<std::uint64_t>(n);
  }
}

std::expected<ObjectInfo, Refusal> PutWriter::commit(Commit commit) {
  auto bucket = store_->find_bucket(commit.bucket);
  if (!bucket) return std::unexpected(Refusal::no_such_bucket);
  StoredObject object;
  object.info.key = std::move(commit.key);
  object.info.size = size_;
  object.info.etag = commit.etag ? *std::move(commit.etag) : hex_encode(md5());
  object.info.last_modified =
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  object.info.fields = std::move(commit.fields);
  object.info.checksum = std::move(commit.checksum);
  object.data = data_;
  if (!data_.empty()) {
    sync_file(*store_->io_, file_.get(), store_->layout_.data_file(data_));
    sync_directory(*store_->io_, store_->layout_.data_directory(data_));
  }
  // From here on the file may belong to the index, even where the commit fails with an exception:
  // its outcome is unknown then, and a file too many is an orphan where one too few is a loss.
  DataId data = std::exchange(data_, {});
  auto replaced = store_->index_->put(bucket->id, object, commit.condition);
  if (!replaced) {
    data_ = std::move(data);
    return std::unexpected(replaced.error());
  }
  if (*replaced) store_->remove_data(**replaced);
  return std::move(object.info);
}

}  // namespace signpost::storage
