#include <fcntl.h>

#include <chrono>
#include <stdexcept>

#include "base/hex.hpp"
#include "storage/index.hpp"
#include "storage/store.hpp"

namespace signpost::storage {
namespace {

// What is uploaded is often read next: so much of it, from its beginning, needs no disk then.
constexpr std::uint64_t kept_bytes = 16 * 1024 * 1024;

}  // namespace

PutWriter::PutWriter(Store& store, bool with_sha256, std::optional<std::uint64_t> most)
    : store_(&store), most_(most), md5_(std::make_unique<Md5>()) {
  if (with_sha256) sha256_.emplace();
}

PutWriter::PutWriter(PutWriter&& other) noexcept
    : store_(other.store_),
      file_(std::move(other.file_)),
      data_(std::exchange(other.data_, {})),
      small_(std::move(other.small_)),
      usable_(std::exchange(other.usable_, false)),
      most_(other.most_),
      size_(other.size_),
      written_back_(other.written_back_),
      durable_(other.durable_),
      checks_(std::move(other.checks_)),
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
  let_go();
}

void PutWriter::let_go() {
  store_->end_upload(data_);
  data_.clear();
}

// Bytes after a failed write would leave a gap, and a second fsync after a failed one would succeed
// without the pages that the first one lost.
void PutWriter::must_be_usable() const {
  if (!usable_) throw std::logic_error("this upload has failed or is done");
}

void PutWriter::create_file() {
  data_ = new_data_id();
  store_->start_upload(data_);
  file_ = open_file(*store_->io_, store_->layout_.data_file(data_), O_WRONLY | O_CREAT | O_EXCL);
  write_all(*store_->io_, file_.get(), small_, store_->layout_.data_file(data_), Keep::in_memory);
  checks_.update(small_);
  small_ = {};
}

bool PutWriter::stays_small(std::size_t more) const {
  const std::uint64_t most = store_->options_.small_bytes;
  return data_.empty() && size_ + more <= most && most_.value_or(0) <= most;
}

void PutWriter::write(std::string_view bytes) {
  must_be_usable();
  if (bytes.empty()) return;
  usable_ = false;
  if (most_ && bytes.size() > *most_ - size_)
    throw std::logic_error("more bytes than were to come");
  constexpr std::size_t least_bytes = 32 * 1024;  // take longer to digest than to wake a thread
  if (bytes.size() >= least_bytes && size_ + bytes.size() == most_) {
    write_last(bytes);
  } else {
    append(bytes);
    start_writeback();
    digest(bytes);
  }
  usable_ = true;
}

// A PUT waits for the longer of disk and digests, not for both.
void PutWriter::write_last(std::string_view bytes) {
  DigestThreads::Running digests(store_->digest_threads_, [&] { digest(bytes); });
  append(bytes);
  make_durable();
  digests.wait();
}

void PutWriter::append(std::string_view bytes) {
  if (stays_small(bytes.size())) {
    if (small_.empty()) small_.reserve(static_cast<std::size_t>(most_.value_or(0)));
    small_.append(bytes);
    size_ += bytes.size();
    return;
  }
  if (data_.empty()) create_file();
  // Of a long file, memory for all of it would cost more than to read it once from the disk.
  const Keep keep = size_ < kept_bytes ? Keep::in_memory : Keep::on_disk;
  write_all(*store_->io_, file_.get(), bytes, store_->layout_.data_file(data_), keep);
  size_ += bytes.size();
  checks_.update(bytes);
}

void PutWriter::digest(std::string_view bytes) {
  md5_->update(bytes);
  if (sha256_) sha256_->update(bytes);
}

// The disk writes while the digests are computed, not only once all is there. A long file's first
// bytes are written by the kernel's own threads meanwhile: there it would only be more work.
void PutWriter::start_writeback() {
  constexpr std::uint64_t least_bytes = 256 * 1024, most_bytes = 4 * 1024 * 1024;
  if (data_.empty() || size_ - written_back_ < least_bytes || size_ > most_bytes) return;
  store_->io_->start_writeback(file_.get(), written_back_, size_ - written_back_);
  written_back_ = size_;
}

const Md5Digest& PutWriter::md5() {
  if (!md5_result_) md5_result_ = md5_->finish();
  return *md5_result_;
}

const Sha256Digest& PutWriter::sha256() {
  if (!sha256_result_) sha256_result_ = sha256_->finish();
  return *sha256_result_;
}

// With the checks that the source has: whatever goes wrong on the way is found when it is read.
void PutWriter::copy_from(const DataFile& source) {
  must_be_usable();
  usable_ = false;
  source.verify(0, source.size(), Wait::allowed);
  create_file();
  copy_all(*store_->io_, source.descriptor(), file_.get(), source.size() + source.checks_bytes(),
           store_->layout_.data_file(data_));
  size_ = source.size();
  checks_ = {};
  usable_ = true;
}

std::expected<ObjectInfo, Refusal> PutWriter::commit(Commit commit) {
  must_be_usable();
  usable_ = false;
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
  SmallObjects::Pointer small;
  if (!small_.empty()) small = std::make_shared<const SmallBytes>(std::move(small_));
  make_durable();
  auto put = [&] { return store_->index_->put(bucket->id, object, small.get(), commit.condition); };
  if (auto entered = enter(put); !entered) return std::unexpected(entered.error());
  if (small) store_->small_objects_.keep(*object.small, std::move(small));
  return std::move(object.info);
}

std::expected<PartInfo, Refusal> PutWriter::commit_part(const PartCommit& commit) {
  must_be_usable();
  usable_ = false;
  auto bucket = store_->find_bucket(commit.bucket);
  if (!bucket) return std::unexpected(Refusal::no_such_bucket);
  auto upload = store_->index_->find_upload(bucket->id, commit.key, commit.upload);
  if (!upload) return std::unexpected(Refusal::no_such_upload);
  auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  if (!small_.empty()) create_file();  // Complete moves no bytes, so that each part has a file
  StoredPart part{{commit.number, size_, hex_encode(md5()), now, commit.checksum}, data_};
  make_durable();
  auto put = [&] { return store_->index_->put_part(upload->row, part); };
  if (auto entered = enter(put); !entered) return std::unexpected(entered.error());
  return std::move(part.info);
}

void PutWriter::make_durable() {
  if (data_.empty() || std::exchange(durable_, true)) return;
  write_all(*store_->io_, file_.get(), checks_.table(), store_->layout_.data_file(data_));
  sync_file(*store_->io_, file_.get(), store_->layout_.data_file(data_));
  sync_directory(*store_->io_, store_->layout_.data_directory(data_));
}

// Into the index; then the file is the index's, and what it replaced goes.
template <class Put>
std::expected<void, Refusal> PutWriter::enter(Put put) {
  std::expected<Freed, Refusal> replaced;
  try {
    replaced = put();
  } catch (const sqlite::CommitUnknown&) {
    // The file may belong to the index: one too many is an orphan, one too few a loss.
    if (!data_.empty()) let_go();
    throw;
  }
  if (!replaced) return std::unexpected(replaced.error());
  if (!data_.empty()) let_go();
  store_->release_later(*replaced);
  return {};
}

}  // namespace signpost::storage
