#pragma once

#include <atomic>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sqlite/database_pool.hpp"
#include "storage/fetch_counts.hpp"
#include "storage/index_writer.hpp"
#include "storage/layout.hpp"
#include "storage/multipart.hpp"
#include "storage/object.hpp"
#include "storage/small_objects.hpp"
#include "storage/store.hpp"

namespace signpost::storage {

struct StoredPart {
  PartInfo info;
  DataId data;
};

// Files that nothing names any more, all parts of `upload` where there is one; or the row of small
// bytes that has gone.
struct Freed {
  std::vector<DataId> data;
  std::optional<std::int64_t> upload = {};
  std::optional<std::int64_t> small = {};
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
    std::map<std::string, std::shared_ptr<const AccessKey>, std::less<>> access_keys;
  };
  std::shared_ptr<const Snapshot> snapshot() const;

  void put_access_key(const AccessKey& key);
  bool remove_access_key(std::string_view id);
  std::expected<void, Refusal> create_bucket(const std::string& name, const std::string& owner);
  // Gives the id that it had. Its uploads under way stay, out of everybody's reach, until
  // forget_uploads_of() has forgotten them.
  std::expected<std::int64_t, Refusal> delete_bucket(const std::string& name);
  std::expected<void, Refusal> put_cors(const std::string& bucket,
                                        const std::optional<std::string>& document);

  std::expected<void, Refusal> put_bucket_tags(const std::string& bucket,
                                               const std::optional<std::string>& tags);

  // The row as it is now, from memory where it was read before; null where there is none.
  std::shared_ptr<const StoredObject> find(std::int64_t bucket, std::string_view key) const;
  // Whether find() would give that very row, from memory.
  bool is_kept(std::int64_t bucket, const std::shared_ptr<const StoredObject>& row) const;
  // Puts `object` where the condition holds, and with it its bytes where they are to lie here: then
  // it gets the number of their row. Gives back the files of what it replaced.
  std::expected<Freed, Refusal> put(std::int64_t bucket, StoredObject& object,
                                    const SmallBytes* small, const WriteCondition& condition);
  // Null where that object was replaced or removed. Not compared with their CRC yet.
  SmallObjects::Pointer find_small(std::int64_t row) const;
  // Gives back the files of what is gone.
  std::expected<Freed, Refusal> remove(std::int64_t bucket, const std::string& key,
                                       const WriteCondition& condition);

  std::expected<void, Refusal> put_field(std::int64_t bucket, const std::string& key,
                                         const std::string& name,
                                         const std::optional<std::string>& value);

  // Multipart uploads (index_multipart.cpp). no_such_upload for one of another key or bucket too.
  struct Upload {
    std::int64_t row;
    UploadInfo info;
    std::optional<std::string> completed;  // by this list of parts
  };
  std::expected<void, Refusal> create_upload(std::int64_t bucket, const UploadInfo& upload);
  // Those with no change since `before`, and how many there are in all.
  OpenUploads idle_uploads(Milliseconds before) const;
  // Nothing where it is not idle (any more).
  std::optional<std::pair<Freed, std::uint64_t>> abort_idle_upload(std::int64_t upload,
                                                                   Milliseconds before);
  // Of a bucket that is gone: some of the uploads that were under way there. Nothing where there
  // are no more.
  std::optional<Freed> forget_uploads_of(std::int64_t bucket);
  std::optional<Upload> find_upload(std::int64_t bucket, const std::string& key,
                                    const std::string& id) const;
  UploadPage list_uploads(std::int64_t bucket, const UploadQuery& query) const;
  // In the order of their numbers, those above `after`, at most `most`.
  std::vector<StoredPart> parts(std::int64_t upload, std::uint32_t after, std::size_t most) const;
  std::expected<Freed, Refusal> put_part(std::int64_t upload, const StoredPart& part);
  std::expected<Freed, Refusal> abort_upload(std::int64_t bucket, const std::string& key,
                                             const std::string& id);
  // The object, the files that it replaced, and those of parts that are not in it.
  struct Completed {
    ObjectInfo info;
    Freed replaced;
    Freed left_over;
  };
  std::expected<Completed, Refusal> complete_upload(std::int64_t bucket, const std::string& key,
                                                    const std::string& id,
                                                    const Completion& completion);
  ListPage list(std::int64_t bucket, const ListQuery& query) const;
  // index_tickets.cpp; see Store.
  std::expected<void, Refusal> withdraw_tickets(std::int64_t bucket,
                                                std::span<const std::string> tags, UnixSeconds now,
                                                UnixSeconds until);
  bool is_withdrawn(std::int64_t bucket, std::span<const std::string_view> tags,
                    UnixSeconds now) const;
  // Cheap: false as long as none ever was.
  bool has_withdrawn_tickets() const { return has_withdrawn_tickets_; }
  // index_fetches.cpp. Of a bucket that is not there (any more) nothing is added.
  struct NumberedFetched {
    std::int64_t number;
    s3::Fetched fetched;
  };
  void add_fetched(std::span<const BucketFetched> fetched);
  // In their order, those with numbers above `after`.
  std::vector<NumberedFetched> fetched(std::int64_t bucket, std::int64_t after,
                                       std::size_t most) const;
  void forget_fetched(std::int64_t bucket, std::int64_t up_to);
  std::int64_t fetched_epoch() const;  // random, of this index alone
  std::int64_t last_fetched() const;   // the greatest number that was ever given
  bool knows(const DataId& data) const;
  // Throws sqlite::Error where the file is damaged (PRAGMA integrity_check).
  void check_file() const;
  // A durable commit of its own, which overwrites whatever a failed one left in the log.
  void supersede_unknown_commits();
  // Gives a little of the room of deleted rows back to the file system; false where there is none
  // to give. One thread at a time.
  bool give_back_room();
  std::uint64_t commits() const { return writer_.commits(); }

 private:
  void reload() const;
  void read_snapshot() const;
  bool read_has_withdrawn_tickets() const;
  std::int64_t insert_small(sqlite::Database& database, const SmallBytes& small);

  std::string file_;
  bool gave_room_ = false;       // and the log was not copied back yet
  std::int64_t last_small_ = 0;  // the last row's number; the writer's thread alone uses it
  mutable sqlite::DatabasePool readers_;
  mutable IndexWriter writer_;
  std::atomic<bool> has_withdrawn_tickets_ = false;
  mutable std::mutex reload_mutex_;
  mutable std::atomic<bool> stale_ = false;  // a change was made and could not be read
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace signpost::storage
