#include <boost/asio/post.hpp>

#include "base/limits.hpp"
#include "base/random.hpp"
#include "log/log.hpp"
#include "storage/index.hpp"
#include "storage/store.hpp"

namespace signpost::storage {

PartsPin::PartsPin(const Store& store, std::int64_t upload) : store_(store), upload_(upload) {
  std::scoped_lock lock(store_.pins_mutex_);
  ++store_.pins_[upload_].readers;
}

PartsPin::~PartsPin() {
  std::vector<DataId> doomed;
  {
    std::scoped_lock lock(store_.pins_mutex_);
    auto pinned = store_.pins_.find(upload_);
    if (--pinned->second.readers > 0) return;
    doomed = std::move(pinned->second.doomed);
    store_.pins_.erase(pinned);
  }
  for (const DataId& data : doomed) {
    store_.remove_data(data);
    store_.end_upload(data);
  }
}

// After the index has forgotten them: now, or with the last reader that has them.
void Store::release(const Freed& freed) const {
  if (freed.small) small_objects_.forget(*freed.small);
  if (freed.upload) {
    std::scoped_lock lock(pins_mutex_);
    auto pinned = pins_.find(*freed.upload);
    if (pinned != pins_.end()) {
      for (const DataId& data : freed.data) {
        start_upload(data);  // the orphans' collector leaves it alone
        pinned->second.doomed.push_back(data);
      }
      return;
    }
  }
  for (const DataId& data : freed.data) remove_data(data);
}

// A kill leaves orphans, as it does between a commit and its unlinks. While the thread is at work
// everybody does their own: with a queue sixteen writers of 1 MiB were slower by a sixth.
void Store::release_later(const Freed& freed) const {
  if (freed.data.empty() || releases_.exchange(true)) return release(freed);
  boost::asio::post(releaser_, [this, freed] {
    try {
      release(freed);
    } catch (const std::exception& error) {
      log::warn("files that were replaced are left to the orphans: {}", error.what());
    }
    releases_ = false;
  });
}

// Nothing where the object was replaced before its files were held.
std::optional<ObjectReader> Store::open_parts(const ObjectReader::Row& row) const {
  auto pin = std::make_unique<PartsPin>(*this, *row->upload);
  auto stored = index_->parts(*row->upload, 0, limits::part_number);
  std::vector<ObjectReader::Part> parts;
  std::uint64_t offset = 0;
  for (const StoredPart& part : stored) {
    parts.push_back({part.info.number, offset, part.info.size, part.data, part.info.checksum});
    offset += part.info.size;
  }
  if (parts.size() != row->info.parts || offset != row->info.size) return std::nullopt;
  return ObjectReader(*this, row, std::move(parts), std::move(pin));
}

std::expected<std::string, Refusal> Store::create_upload(const std::string& bucket,
                                                         const std::string& key,
                                                         UploadStart start) {
  auto place = find_bucket(bucket);
  if (!place) return std::unexpected(Refusal::no_such_bucket);
  UploadInfo upload{random_hex(16), key, {}, std::move(start)};
  auto made = index_->create_upload(place->id, upload);
  if (!made) return std::unexpected(made.error());
  return std::move(upload.id);
}

std::expected<UploadInfo, Refusal> Store::find_upload(const std::string& bucket,
                                                      const std::string& key,
                                                      const std::string& id) const {
  auto place = find_bucket(bucket);
  if (!place) return std::unexpected(Refusal::no_such_bucket);
  auto upload = index_->find_upload(place->id, key, id);
  if (!upload || upload->completed) return std::unexpected(Refusal::no_such_upload);
  return std::move(upload->info);
}

std::expected<std::vector<PartInfo>, Refusal> Store::list_parts(const std::string& bucket,
                                                                const std::string& key,
                                                                const std::string& id,
                                                                std::uint32_t after,
                                                                std::size_t most) const {
  auto place = find_bucket(bucket);
  if (!place) return std::unexpected(Refusal::no_such_bucket);
  auto upload = index_->find_upload(place->id, key, id);
  if (!upload || upload->completed) return std::unexpected(Refusal::no_such_upload);
  std::vector<PartInfo> out;
  for (StoredPart& part : index_->parts(upload->row, after, most))
    out.push_back(std::move(part.info));
  return out;
}

std::expected<UploadPage, Refusal> Store::list_uploads(const UploadQuery& query) const {
  auto place = find_bucket(query.bucket);
  if (!place) return std::unexpected(Refusal::no_such_bucket);
  return index_->list_uploads(place->id, query);
}

OpenUploads Store::idle_uploads(Milliseconds before) const {
  return index_->idle_uploads(before);
}

std::optional<std::uint64_t> Store::abort_idle_upload(std::int64_t upload, Milliseconds before) {
  const auto aborted = index_->abort_idle_upload(upload, before);
  if (!aborted) return std::nullopt;
  release(aborted->first);
  return aborted->second;
}

std::expected<void, Refusal> Store::abort_upload(const std::string& bucket, const std::string& key,
                                                 const std::string& id) {
  auto place = find_bucket(bucket);
  if (!place) return std::unexpected(Refusal::no_such_bucket);
  auto freed = index_->abort_upload(place->id, key, id);
  if (!freed) return std::unexpected(freed.error());
  release(*freed);
  return {};
}

std::expected<ObjectInfo, Refusal> Store::complete_upload(const std::string& bucket,
                                                          const std::string& key,
                                                          const std::string& id,
                                                          const Completion& completion) {
  auto place = find_bucket(bucket);
  if (!place) return std::unexpected(Refusal::no_such_bucket);
  auto completed = index_->complete_upload(place->id, key, id, completion);
  if (!completed) return std::unexpected(completed.error());
  release_later(completed->replaced);
  release_later(completed->left_over);
  return std::move(completed->info);
}

}  // namespace signpost::storage
