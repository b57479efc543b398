#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "storage/errors.hpp"
#include "storage/file_io.hpp"
#include "storage/object_reader.hpp"
#include "storage/put_writer.hpp"
#include "storage/types.hpp"

namespace signpost::storage {

class Index;
class Layout;

struct StoreOptions {
  std::filesystem::path directory;
  // How many look-ups may read the index at once.
  unsigned readers = 4;
  // The file calls; the Store's own where null. Must outlive the Store.
  FileIo* io = nullptr;
  // The wall clock; std::chrono::system_clock where empty.
  std::function<Timestamp()> now;
};

// One machine's buckets and objects on disk (docs/formats/store.md). Thread-safe. Every call
// blocks: run it in a pool. Names and keys come checked: a key is not empty and has no NUL. What a
// caller's input can cause is in the return types; every call may throw IoError, and those that
// read an object's bytes CorruptObject. A call that changes something returns after the change is
// durable.
class Store {
 public:
  // Opens the store in the directory, or makes one where the directory is missing or empty.
  // Throws StoreLocked, NotAStore, FormatTooNew or IoError.
  explicit Store(StoreOptions options);
  // All writers and readers must be gone.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // 32 hexadecimal digits, made with the store.
  const std::string& instance_id() const;

  // Access keys. The snapshot is immutable and shared: look up in it without a lock.
  using AccessKeys = std::map<std::string, AccessKey, std::less<>>;
  std::shared_ptr<const AccessKeys> access_keys() const;
  std::optional<AccessKey> find_access_key(std::string_view id) const;
  // Adds the key, or gives it this secret and owner.
  void ensure_access_key(std::string_view id, const Secret& secret, std::string_view owner);

  // Buckets.
  std::expected<BucketInfo, CreateBucketError> create_bucket(std::string_view name,
                                                             std::string_view owner,
                                                             std::string_view location);
  std::expected<BucketInfo, BucketError> head_bucket(std::string_view name);
  std::expected<void, DeleteBucketError> delete_bucket(std::string_view name);
  std::vector<BucketInfo> list_buckets(std::string_view owner);  // by name

  // A bucket's CORS document: an opaque text here.
  std::expected<void, BucketError> put_cors(std::string_view bucket, std::string_view xml);
  std::expected<CorsDocument, CorsError> get_cors(std::string_view bucket);
  // Also where there was none.
  std::expected<void, BucketError> delete_cors(std::string_view bucket);

  // Objects.
  PutWriter begin_put(PutOptions options = {});
  // A new object with the source's bytes and ETag and the target's attributes: for a copy that
  // keeps them, pass source.info().attributes. Source and target may be the same key.
  std::expected<ObjectInfo, CommitError> copy_object(const ObjectReader& source,
                                                     const PutCommit& target);
  std::expected<ObjectReader, ReadError> open_object(std::string_view bucket, std::string_view key);
  std::expected<ObjectInfo, ReadError> head_object(std::string_view bucket, std::string_view key);
  // True: it was there. With if_match (no quotes) only that version goes; nothing there is then no
  // error.
  std::expected<bool, DeleteError> delete_object(
      std::string_view bucket, std::string_view key,
      const std::optional<std::string>& if_match = std::nullopt);
  // Keys in byte order. max_keys 0 gives an empty page that is not truncated.
  std::expected<ListPage, BucketError> list_objects(const ListRequest& request);

  // Removes data files that no object refers to: what a crash or a failed unlink left behind. A
  // file goes only where it was last changed more than `older_than` ago, no PutWriter has it, and
  // the index, read after that, does not know it. Slow: run it in the background.
  OrphanReport collect_orphans(std::chrono::seconds older_than = std::chrono::hours(1));

  // For tests and metrics.
  FileIo& file_io() { return *io_; }
  struct IndexCounts {
    std::uint64_t writes = 0;
    std::uint64_t commits = 0;
  };
  IndexCounts index_counts() const;

 private:
  friend class PutWriter;
  Timestamp now() const;
  void reload_access_keys();
  void remove_data_file(const std::string& id) noexcept;
  std::string start_live_file();
  void end_live_file(const std::string& id) noexcept;
  bool is_live_file(const std::string& id) const;

  StoreOptions options_;
  std::unique_ptr<FileIo> own_io_;
  FileIo* io_;
  std::unique_ptr<Layout> layout_;
  std::unique_ptr<Index> index_;

  mutable std::mutex access_keys_mutex_;
  std::shared_ptr<const AccessKeys> access_keys_;

  mutable std::mutex live_files_mutex_;
  std::set<std::string, std::less<>> live_files_;  // data files that PutWriters have
};

}  // namespace signpost::storage
