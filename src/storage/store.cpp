#include "storage/store.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "log/log.hpp"
#include "storage/index.hpp"

namespace signpost::storage {

std::string just_after(std::string_view key) {
  return std::string(key) + '\0';
}

std::string after_prefix(std::string_view prefix) {
  std::string bound(prefix);
  while (!bound.empty() && static_cast<unsigned char>(bound.back()) == 0xff) bound.pop_back();
  if (!bound.empty())
    bound.back() = static_cast<char>(static_cast<unsigned char>(bound.back()) + 1);
  return bound;
}

std::size_t ObjectReader::read(std::uint64_t offset, std::span<char> into, Wait wait) const {
  if (offset >= info().size) return 0;
  into = into.first(
      static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), info().size - offset)));
  if (small_) {
    std::ranges::copy(take(offset, into.size(), wait).bytes, into.begin());
    return into.size();
  }
  if (file_) {
    file_->read(offset, into, wait);
    was_sound();
    return into.size();
  }
  for (std::size_t done = 0; done < into.size();) {
    const Part& part = part_at(offset + done);
    const std::uint64_t from = offset + done - part.offset;
    auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(into.size() - done, part.size - from));
    store_->open_data(part.data, part.size, wait).read(from, into.subspan(done, count), wait);
    done += count;
  }
  return into.size();
}

const ObjectReader::Part& ObjectReader::part_at(std::uint64_t offset) const {
  return *std::prev(std::ranges::upper_bound(parts_, offset, {}, &Part::offset));
}

ObjectReader::Piece ObjectReader::piece(std::uint64_t offset, std::uint64_t most, Wait wait) const {
  if (small_) throw std::logic_error("a small object has no file");
  Piece piece{std::nullopt, -1, offset, std::min(most, info().size - offset)};
  if (!file_) {
    const Part& part = part_at(offset);
    piece.offset = offset - part.offset;
    piece.size = std::min(most, part.size - piece.offset);
    piece.part = store_->open_data(part.data, part.size, wait);
  }
  const DataFile& file = piece.part ? *piece.part : *file_;
  if (!is_sound_in_memory(piece.offset, piece.size, wait))
    file.verify(piece.offset, piece.size, wait);
  piece.descriptor = file.descriptor();
  was_sound();
  return piece;
}

ObjectReader::Taken ObjectReader::take(std::uint64_t offset, std::uint64_t count, Wait wait) const {
  const auto size = static_cast<std::size_t>(count);
  if (small_) {
    if (small_->bytes.size() != info().size)
      throw DamageError("the index has not all bytes of an object");
    if (!small_->is_sound()) throw DamageError("an object's bytes in the index are damaged");
    return {std::string_view(small_->bytes).substr(static_cast<std::size_t>(offset), size), small_};
  }
  std::shared_ptr<char[]> bytes;
  if (file_ && count == info().size) {
    bytes = file_->read_all(wait);
    was_sound();
  } else {
    bytes = std::make_shared_for_overwrite<char[]>(size);
    read(offset, {bytes.get(), size}, wait);
  }
  return {{bytes.get(), size}, std::move(bytes)};
}

ObjectReader::Taken ObjectReader::take_to_send(std::uint64_t offset, std::uint64_t count,
                                               Wait wait) const {
  if (!is_sound_in_memory(offset, count, wait)) return take(offset, count, wait);
  return {
      mapped_->bytes().substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(count)),
      mapped_};
}

// Who may wait does so by reading.
bool ObjectReader::is_sound_in_memory(std::uint64_t offset, std::uint64_t count, Wait wait) const {
  return mapped_ && wait == Wait::never && file_->is_sound_in(*mapped_, offset, count);
}

// What is damaged or missing is looked for anew each time.
void ObjectReader::was_sound() const {
  if (!fresh_) return;
  const auto is_named = [&] { return store_->index_->is_kept(*fresh_, row_); };
  store_->open_files_.keep(row_->data, file_, is_named);
  fresh_.reset();
}

DataFile Store::open_data(const DataId& data, std::uint64_t size, Wait wait) const {
  return {*io_, layout_.data_file(data), size, is_checked(data), wait};
}

Store::Store(const std::string& directory, std::unique_ptr<FileIo> io, StoreOptions options)
    : options_(options),
      io_(io ? std::move(io) : std::make_unique<FileIo>()),
      layout_(*io_, directory),
      index_(std::make_unique<Index>(layout_.index_file())) {
  layout_.note_index(*io_);
}

Store::~Store() {
  releaser_.join();
}

std::shared_ptr<const AccessKey> Store::find_access_key(std::string_view id) const {
  auto snapshot = index_->snapshot();
  auto found = snapshot->access_keys.find(id);
  return found == snapshot->access_keys.end() ? nullptr : found->second;
}

void Store::put_access_key(const AccessKey& key) {
  index_->put_access_key(key);
}

std::vector<AccessKey> Store::list_access_keys() const {
  std::vector<AccessKey> out;
  for (const auto& [id, key] : index_->snapshot()->access_keys) out.push_back(*key);
  return out;
}

bool Store::remove_access_key(std::string_view id) {
  return index_->remove_access_key(id);
}

std::expected<void, Refusal> Store::create_bucket(const std::string& name,
                                                  const std::string& owner) {
  return index_->create_bucket(name, owner);
}

std::expected<void, Refusal> Store::delete_bucket(const std::string& name) {
  const auto gone = index_->delete_bucket(name);
  if (!gone) return std::unexpected(gone.error());
  try {
    while (const auto uploads = index_->forget_uploads_of(*gone)) release(*uploads);
  } catch (const std::exception& error) {
    // UploadSweep finds them as it finds others, and as it does after a crash.
    log::warn("uploads of a deleted bucket are not forgotten yet: {}", error.what());
  }
  return {};
}

std::shared_ptr<const BucketInfo> Store::find_bucket(std::string_view name) const {
  auto snapshot = index_->snapshot();
  auto found = snapshot->buckets.find(name);
  return found == snapshot->buckets.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<const BucketInfo>> Store::list_buckets(std::string_view owner) const {
  std::vector<std::shared_ptr<const BucketInfo>> owned;
  for (const auto& [name, bucket] : index_->snapshot()->buckets)
    if (bucket->owner == owner) owned.push_back(bucket);
  return owned;
}

std::expected<void, Refusal> Store::put_cors(const std::string& bucket,
                                             std::optional<std::string> document) {
  return index_->put_cors(bucket, document);
}

std::expected<void, Refusal> Store::put_bucket_tags(const std::string& bucket,
                                                    const std::optional<std::string>& tags) {
  return index_->put_bucket_tags(bucket, tags);
}

std::expected<void, Refusal> Store::put_field(const std::string& bucket, const std::string& key,
                                              const std::string& name,
                                              const std::optional<std::string>& value) {
  auto place = find_bucket(bucket);
  if (!place) return std::unexpected(Refusal::no_such_bucket);
  return index_->put_field(place->id, key, name, value);
}

std::expected<ObjectInfo, Refusal> Store::head(const std::string& bucket,
                                               const std::string& key) const {
  auto place = find_bucket(bucket);
  if (!place) return std::unexpected(Refusal::no_such_bucket);
  auto object = index_->find(place->id, key);
  if (!object) return std::unexpected(Refusal::no_such_key);
  return object->info;
}

std::expected<ObjectReader, Refusal> Store::open(const std::string& bucket, const std::string& key,
                                                 Wait wait) const {
  auto place = find_bucket(bucket);
  if (!place) return std::unexpected(Refusal::no_such_bucket);
  // Between the look into the index and the open, an overwrite may unlink the file: look again.
  // Only an index that still names the missing file means damage.
  DataId missing;
  std::optional<std::int64_t> torn, lost;
  for (;;) {
    auto object = index_->find(place->id, key);
    if (!object) return std::unexpected(Refusal::no_such_key);
    if (object->upload) {
      if (wait == Wait::never) throw WouldWait(EAGAIN, "opening an object of parts");
      auto reader = open_parts(object);
      if (reader) return *std::move(reader);
      if (torn == object->upload) throw DamageError("the index has not all parts of an object");
      torn = object->upload;
      continue;  // replaced before its files were held: look again
    }
    if (object->small) {
      auto small = find_small(*object->small, wait);
      if (small) return ObjectReader(*this, std::move(object), std::move(small));
      if (lost == object->small) throw DamageError("the index has lost an object's bytes");
      lost = object->small;
      continue;
    }
    if (object->data.empty()) return ObjectReader(*this, std::move(object), OpenFiles::Kept{});
    try {
      return open_whole(place->id, object, wait);
    } catch (const IoError& error) {
      if (error.number() != ENOENT || object->data == missing) throw;
      missing = object->data;
    }
  }
}

ObjectReader Store::open_whole(std::int64_t bucket, const ObjectReader::Row& row, Wait wait) const {
  if (auto kept = open_files_.find(row->data); kept.file) return {*this, row, std::move(kept)};
  auto file = std::make_shared<const DataFile>(open_data(row->data, row->info.size, wait));
  ObjectReader reader(*this, row, OpenFiles::Kept{std::move(file)});
  reader.fresh_ = bucket;
  return reader;
}

SmallObjects::Pointer Store::find_small(std::int64_t row, Wait wait) const {
  if (auto kept = small_objects_.find(row)) return kept;
  if (wait == Wait::never) throw WouldWait(EAGAIN, "reading a small object");
  auto small = index_->find_small(row);
  // What is damaged is read from the disk anew each time.
  if (small && small->is_sound()) small_objects_.keep(row, small);
  return small;
}

// After the index has forgotten it. A file that stays is an orphan, and collected later.
void Store::remove_data(const DataId& data) const {
  open_files_.forget(data);
  if (io_->unlink(layout_.data_file(data).c_str()) != 0 && errno != ENOENT)
    log::warn("cannot remove {}: errno {}", layout_.data_file(data), errno);
}

std::expected<void, Refusal> Store::remove(const std::string& bucket, const std::string& key,
                                           const WriteCondition& condition) {
  auto place = find_bucket(bucket);
  if (!place) return std::unexpected(Refusal::no_such_bucket);
  auto removed = index_->remove(place->id, key, condition);
  if (!removed) return std::unexpected(removed.error());
  release(*removed);
  return {};
}

std::expected<ObjectInfo, Refusal> Store::copy(const ObjectReader& source,
                                               PutWriter::Commit commit) {
  PutWriter writer(*this, false);
  if (source.file_ && source.file_->is_checked()) {
    writer.copy_from(*source.file_);
    commit.etag = source.info().etag;
  } else if (source.small_) {
    writer.write(source.take(0, source.info().size, Wait::allowed).bytes);
  } else {
    // The copy is one object, with the MD5 of its bytes and with checks, whatever the source has.
    std::vector<char> buffer(std::size_t{256} * 1024);
    for (std::uint64_t at = 0; at < source.info().size;) {
      std::size_t n = source.read(at, buffer);
      writer.write({buffer.data(), n});
      at += n;
    }
  }
  return writer.commit(std::move(commit));
}

std::expected<ListPage, Refusal> Store::list(const ListQuery& query) const {
  auto place = find_bucket(query.bucket);
  if (!place) return std::unexpected(Refusal::no_such_bucket);
  return index_->list(place->id, query);
}

bool Store::give_back_room() {
  return index_->give_back_room();
}

std::uint64_t Store::index_commits() const {
  return index_->commits();
}

void Store::start_upload(const DataId& data) const {
  std::scoped_lock lock(uploads_mutex_);
  uploads_.insert(data);
}

void Store::end_upload(const DataId& data) const noexcept {
  std::scoped_lock lock(uploads_mutex_);
  uploads_.erase(data);
}

bool Store::is_upload(const DataId& data) const {
  std::scoped_lock lock(uploads_mutex_);
  return uploads_.contains(data);
}

std::size_t Store::count_orphans() const {
  std::size_t count = 0;
  for (unsigned directory = 0; directory < Layout::data_directories; ++directory)
    for (const auto& file : layout_.data_files(directory)) count += index_->knows(file.id) ? 0 : 1;
  return count;
}

Store::Unnamed Store::find_orphans(std::chrono::seconds age) const {
  Unnamed found;
  for (unsigned directory = 0; directory < Layout::data_directories; ++directory) {
    const auto files = layout_.data_files(directory);
    found.of += files.size();
    // No upload now: it has been committed, which the index says, or it never will be.
    for (const auto& file : files)
      if (file.age_seconds >= age.count() && !is_upload(file.id) && !index_->knows(file.id))
        found.files.push_back(file.id);
  }
  return found;
}

std::size_t Store::remove_orphans(const std::vector<DataId>& files) {
  if (files.empty()) return 0;
  // Unless a commit failed so that a crash could still bring it back. A later one ends that.
  index_->supersede_unknown_commits();
  std::size_t removed = 0;
  for (const DataId& file : files) {
    if (index_->knows(file)) continue;
    remove_data(file);
    ++removed;
  }
  return removed;
}

std::size_t Store::collect_orphans(std::chrono::seconds age) {
  return remove_orphans(find_orphans(age).files);
}

Store::Orphans Store::collect_few_orphans(std::chrono::seconds age) {
  constexpr std::size_t few = 100;
  constexpr std::size_t share = 10;
  const Unnamed orphans = find_orphans(age);
  const bool too_many = orphans.files.size() > std::max(few, orphans.of / share);
  return {orphans.files.size(), too_many ? 0 : remove_orphans(orphans.files)};
}

}  // namespace signpost::storage
