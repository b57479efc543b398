#pragma once

#include <atomic>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sqlite/database_pool.hpp"
#include "sqlite/group_commit_writer.hpp"
#include "storage/layout.hpp"
#include "storage/object.hpp"
#include "storage/store.hpp"

namespace signpost::storage {

// An object as the index knows it: what a reader sees, and where its bytes lie ("" where it has
// none).
struct StoredObject {
  ObjectInfo info;
  DataId data;
};

// Which keys are there, and in which files their bytes lie. Each change is one durable transaction,
// shared with whoever changes something at the same time.
class Index {
 public:
  explicit Index(const std::string& file);

  // Buckets and access keys, whole and immutable; replaced after each change. Throws sqlite::Error
  // where that could not be done and cannot now.
  struct Snapshot {
    std::map<std::string, std::shared_ptr<const BucketInfo>, std::less<>> buckets;
    std::map<std::string, AccessKey, std::less<>> access_keys;
  };
  std::shared_ptr<const Snapshot> snapshot() const;

  void put_access_key(const AccessKey& key);
  std::expected<void, Refusal> create_bucket(const std::string& name, const std::string& owner);
  std::expected<void, Refusal> delete_bucket(const std::string& name);
  std::expected<void, Refusal> put_cors(const std::string& bucket,
                                        const std::optional<std::string>& document);

  std::optional<StoredObject> find(std::int64_t bucket, std::string_view key) const;
  // Puts `object` where the condition holds; gives back the file of what it replaced.
  std::expected<std::optional<DataId>, Refusal> put(std::int64_t bucket, const StoredObject& object,
                                                    const WriteCondition& condition);
  // Gives back the file of what is gone.
  std::expected<std::optional<DataId>, Refusal> remove(std::int64_t bucket, const std::string& key,
                                                       const WriteCondition& condition);
  ListPage list(std::int64_t bucket, const ListQuery& query) const;
  bool knows(const DataId& data) const;
  // A durable commit of its own, which overwrites whatever a failed one left in the log.
  void supersede_unknown_commits();
  std::uint64_t commits() const { return writer_.commits(); }

 private:
  void reload() const;
  void read_snapshot() const;

  mutable sqlite::DatabasePool readers_;
  sqlite::GroupCommitWriter writer_;
  mutable std::mutex reload_mutex_;
  mutable std::atomic<bool> stale_ = false;  // a change was made and could not be read
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace signpost::storage
