#include <algorithm>

#include "base/hex.hpp"
#include "base/limits.hpp"
#include "storage/index.hpp"
#include "storage/store.hpp"

namespace signpost::storage {

// The number of its bytes. Throws IoError where they are not what was written.
std::uint64_t Store::check_data(const DataId& data, std::uint64_t size,
                                const std::string& md5) const {
  if (size == 0) return 0;
  const DataFile file = open_data(data, size, Wait::allowed);
  if (file.is_checked()) {
    file.verify(0, size, Wait::allowed);
    return size;
  }
  Md5 found;
  std::vector<char> buffer(block_bytes);
  for (std::uint64_t at = 0; at < size;) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size - at));
    file.read(at, std::span(buffer).first(count), Wait::allowed);
    found.update({buffer.data(), count});
    at += count;
  }
  if (hex_encode(found.finish()) != md5)
    throw DamageError(layout_.data_file(data) + " has another MD5 than its object");
  return size;
}

// As it lies on the disk, whatever is in memory.
std::uint64_t Store::check_small(const ObjectReader::Row& row) const {
  auto small = index_->find_small(*row->small);
  if (!small) throw DamageError("the index has lost an object's bytes");
  const ObjectReader reader(*this, row, std::move(small));
  return reader.take(0, row->info.size, Wait::allowed).bytes.size();
}

std::uint64_t Store::check_object(std::int64_t bucket, const std::string& key) const {
  const auto object = index_->find(bucket, key);
  if (!object) return 0;
  if (object->small) return check_small(object);
  if (!object->upload) return check_data(object->data, object->info.size, object->info.etag);
  std::uint64_t bytes = 0;
  const auto parts = index_->parts(*object->upload, 0, limits::part_number);
  for (const StoredPart& part : parts)
    bytes += check_data(part.data, part.info.size, part.info.etag);
  if (bytes != object->info.size || parts.size() != object->info.parts)
    throw DamageError("the index has not all parts of the object");
  return bytes;
}

Store::Checked Store::check(const std::function<void(const Damage&)>& found) const {
  Checked checked;
  const auto look = [&](const std::string& bucket, const std::string& key, auto at) {
    try {
      checked.bytes += at();
    } catch (const std::runtime_error& error) {  // IoError, sqlite::Error
      ++checked.damaged;
      found({bucket, key, error.what()});
    }
  };
  look("", "", [&] { return index_->check_file(), 0u; });
  for (const auto& [name, bucket] : index_->snapshot()->buckets) {
    const std::int64_t id = bucket->id;
    ListQuery objects{.bucket = name, .prefix = "", .delimiter = "", .from = ""};
    for (bool more = true; more;) {
      const ListPage page = index_->list(id, objects);
      for (const auto& entry : page.entries) {
        ++checked.objects;
        look(name, entry.object.key, [&] { return check_object(id, entry.object.key); });
      }
      objects.from = page.next_from;
      more = page.truncated;
    }
    UploadQuery uploads{.bucket = name, .prefix = "", .key_marker = "", .id_marker = ""};
    for (bool more = true; more;) {
      const UploadPage page = index_->list_uploads(id, uploads);
      for (const UploadInfo& upload : page.uploads)
        look(name, upload.key, [&] { return check_upload(id, upload); });
      if (!page.uploads.empty()) {
        uploads.key_marker = page.uploads.back().key;
        uploads.id_marker = page.uploads.back().id;
      }
      more = page.truncated;
    }
  }
  return checked;
}

std::uint64_t Store::check_upload(std::int64_t bucket, const UploadInfo& info) const {
  const auto upload = index_->find_upload(bucket, info.key, info.id);
  if (!upload) return 0;
  std::uint64_t bytes = 0;
  for (const StoredPart& part : index_->parts(upload->row, 0, limits::part_number))
    bytes += check_data(part.data, part.info.size, part.info.etag);
  return bytes;
}

}  // namespace signpost::storage
