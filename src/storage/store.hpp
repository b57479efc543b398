#pragma once

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/digest.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "storage/data_file.hpp"
#include "storage/digest_threads.hpp"
#include "storage/fetch_counts.hpp"
#include "storage/file_io.hpp"
#include "storage/layout.hpp"
#include "storage/multipart.hpp"
#include "storage/object.hpp"
#include "storage/open_files.hpp"
#include "storage/small_objects.hpp"

namespace signpost::storage {

class Index;
class Store;
struct Freed;

struct AccessKey {
  std::string id;
  Secret secret;
  std::string owner;
  std::optional<std::string> bucket = {};  // the one that it opens; nothing: all of its owner's
  bool read_only = false;
  Milliseconds created{};  // set by the store
};

// Keeps the files of a multipart object until its readers are done.
class PartsPin {
 public:
  PartsPin(const Store& store, std::int64_t upload);
  ~PartsPin();
  PartsPin(const PartsPin&) = delete;

 private:
  const Store& store_;
  std::int64_t upload_;
};

// One object, as it was when it was opened: a later overwrite or delete does not change what is
// read.
class ObjectReader {
 public:
  // A multipart object's file: where in the object it begins, and how long it is, in bytes.
  struct Part {
    std::uint32_t number;
    std::uint64_t offset;
    std::uint64_t size;
    DataId data;
    std::optional<ObjectChecksum> checksum;
  };
  using Row = std::shared_ptr<const StoredObject>;
  ObjectReader(const Store& store, Row row, OpenFiles::Kept file)
      : store_(&store),
        row_(std::move(row)),
        file_(std::move(file.file)),
        mapped_(std::move(file.mapped)) {}
  ObjectReader(const Store& store, Row row, SmallObjects::Pointer small)
      : store_(&store), row_(std::move(row)), small_(std::move(small)) {}
  ObjectReader(const Store& store, Row row, std::vector<Part> parts, std::unique_ptr<PartsPin> pin)
      : store_(&store), row_(std::move(row)), parts_(std::move(parts)), pin_(std::move(pin)) {}
  // Empty where the object was put in one go.
  const std::vector<Part>& parts() const { return parts_; }
  // `count` bytes at `offset`, all of which the object has. Throws as read() does.
  struct Taken {
    std::string_view bytes;
    std::shared_ptr<const void> owner;
  };
  Taken take(std::uint64_t offset, std::uint64_t count, Wait wait) const;
  // The same for who only has the kernel read them, as send(2) does: the bytes may be those of a
  // mapped file, where a read that fails is a signal for anybody else.
  Taken take_to_send(std::uint64_t offset, std::uint64_t count, Wait wait) const;
  // Bytes for sendfile(2), looked at and found undamaged, beginning at `offset`: at least one, at
  // most `most`. The descriptor lives as long as the piece and this reader. Throws IoError, and
  // std::logic_error where there is no file: an object of at most StoreOptions::small_bytes is to
  // be taken.
  struct Piece {
    std::optional<DataFile> part;  // what it opened
    int descriptor;
    std::uint64_t offset;  // in the file
    std::uint64_t size;
  };
  Piece piece(std::uint64_t offset, std::uint64_t most, Wait wait = Wait::allowed) const;
  const ObjectInfo& info() const { return row_->info; }
  // The bytes at `offset`; fewer than into.size() only at the object's end. Throws IoError, also
  // where the bytes are damaged or fewer than the index says.
  std::size_t read(std::uint64_t offset, std::span<char> into, Wait wait = Wait::allowed) const;

 private:
  friend class Store;
  const Part& part_at(std::uint64_t offset) const;
  void was_sound() const;
  bool is_sound_in_memory(std::uint64_t offset, std::uint64_t count, Wait wait) const;

  const Store* store_;
  Row row_;
  OpenFiles::Pointer file_;   // not of an empty object, nor of a small one or one of parts
  OpenFiles::Mapped mapped_;  // of file_, where there is one
  SmallObjects::Pointer small_;
  std::vector<Part> parts_;
  std::unique_ptr<PartsPin> pin_;
  mutable std::optional<std::int64_t> fresh_;  // its bucket, until the file was read and was sound
};

// The bytes of an object on their way in. Once they are more than a small object's, they lie in a
// new file of their own, which goes when this does, unless commit() has put it into the index.
class PutWriter {
 public:
  // `most`: that more bytes will not come, where that is known: the last of so many are digested
  // while the file is made durable.
  PutWriter(Store& store, bool with_sha256, std::optional<std::uint64_t> most = {});
  PutWriter(PutWriter&&) noexcept;
  ~PutWriter();

  // Appends. Throws IoError; then this writer is of no more use (std::logic_error).
  void write(std::string_view bytes);
  std::uint64_t size() const { return size_; }
  // Ends the digests; write() may not follow.
  const Md5Digest& md5();
  const Sha256Digest& sha256();  // only of a writer made with_sha256

  struct Commit {
    std::string bucket;
    std::string key;
    ObjectFields fields;
    std::optional<ObjectChecksum> checksum;
    WriteCondition condition;
    std::optional<std::string> etag;  // else the MD5 in hexadecimal
  };
  // Makes the object durable and visible, in this order: the file's bytes, its directory's entry,
  // the index; of a small object the index alone. When it returns a value, kill -9 and power loss
  // leave the object there. Refusals: no_such_bucket, no_such_key (If-Match), precondition_failed.
  // Throws IoError or sqlite::Error, and the key is as it was; only after sqlite::CommitUnknown it
  // is unknown whether the object is there. Once alone, whatever comes of it.
  std::expected<ObjectInfo, Refusal> commit(Commit commit);
  // The same as a part of an upload, in place of the one of that number: no_such_bucket,
  // no_such_upload.
  struct PartCommit {
    std::string bucket;
    std::string key;
    std::string upload;
    std::uint32_t number = 0;
    std::optional<ObjectChecksum> checksum;
  };
  std::expected<PartInfo, Refusal> commit_part(const PartCommit& commit);

 private:
  friend class Store;
  void create_file();
  bool stays_small(std::size_t more) const;
  void write_last(std::string_view bytes);
  void append(std::string_view bytes);
  void digest(std::string_view bytes);
  void start_writeback();
  void copy_from(const DataFile& source);
  void drop();
  void let_go();
  void must_be_usable() const;
  void make_durable();
  template <class Put>
  std::expected<void, Refusal> enter(Put put);

  Store* store_;
  Fd file_;
  DataId data_;         // empty: no file, because there are no bytes, or few
  std::string small_;   // all bytes, as long as there is no file
  bool usable_ = true;  // not after an error, nor after commit()
  std::optional<std::uint64_t> most_;
  std::uint64_t size_ = 0;
  std::uint64_t written_back_ = 0;  // so many of them the disk was told to begin with
  bool durable_ = false;
  BlockChecks checks_;
  std::unique_ptr<Md5> md5_;
  std::optional<Sha256> sha256_;
  std::optional<Md5Digest> md5_result_;
  std::optional<Sha256Digest> sha256_result_;
};

// A page of a listing: keys in the order of their bytes, rolled up by a delimiter.
struct ListQuery {
  std::string bucket;
  std::string prefix;
  std::string delimiter;           // empty: none
  std::string from;                // keys from here on, this one included
  std::size_t max_entries = 1000;  // objects and common prefixes together
};
struct ListPage {
  struct Entry {
    bool is_prefix;
    ObjectInfo object;  // key alone where is_prefix
  };
  std::vector<Entry> entries;  // in order
  bool truncated = false;
  std::string next_from;  // for ListQuery::from of the next page
};
// The smallest key after `key`, and the smallest after all keys that begin with `prefix`.
std::string just_after(std::string_view key);
std::string after_prefix(std::string_view prefix);

struct StoreOptions {
  // Up to here an object lies in the index itself (docs/adr/0031). Those that are there already are
  // read whatever it says.
  std::uint64_t small_bytes = 16 * 1024;
};

// One machine's objects. Thread-safe; every member may block on the disk.
class Store {
 public:
  // Opens or makes a store in `directory`. Throws AlreadyRunning where another process has it open,
  // std::runtime_error where the directory holds something else, IoError, sqlite::Error.
  explicit Store(const std::string& directory, std::unique_ptr<FileIo> io = nullptr,
                 StoreOptions options = {});
  ~Store();

  // Access keys, from an immutable snapshot in memory. Null where there is none of that id; the
  // same object until something is changed.
  std::shared_ptr<const AccessKey> find_access_key(std::string_view id) const;
  std::vector<AccessKey> list_access_keys() const;  // by their ids
  // In place of one of that id.
  void put_access_key(const AccessKey& key);
  // False where there is none of that id. Requests that come after it are refused.
  bool remove_access_key(std::string_view id);

  std::expected<void, Refusal> create_bucket(const std::string& name, const std::string& owner);
  // With the uploads that are under way there.
  std::expected<void, Refusal> delete_bucket(const std::string& name);
  // From a snapshot in memory.
  std::shared_ptr<const BucketInfo> find_bucket(std::string_view name) const;
  std::vector<std::shared_ptr<const BucketInfo>> list_buckets(std::string_view owner) const;
  // Nothing takes the document away.
  std::expected<void, Refusal> put_cors(const std::string& bucket,
                                        std::optional<std::string> document);
  // The same of its tags.
  std::expected<void, Refusal> put_bucket_tags(const std::string& bucket,
                                               const std::optional<std::string>& tags);

  PutWriter begin_put(bool with_sha256, std::optional<std::uint64_t> most = {}) {
    return {*this, with_sha256, most};
  }
  std::expected<ObjectInfo, Refusal> head(const std::string& bucket, const std::string& key) const;
  // With Wait::never, the one row of the index apart, WouldWait: always for an object of parts, and
  // for a small one that is not in memory.
  std::expected<ObjectReader, Refusal> open(const std::string& bucket, const std::string& key,
                                            Wait wait = Wait::allowed) const;
  // Durable when it returns. A key that is not there is no refusal, unless the condition names an
  // ETag.
  std::expected<void, Refusal> remove(const std::string& bucket, const std::string& key,
                                      const WriteCondition& condition = {});
  // Sets one of the object's fields, or takes it away; nothing else of it changes. Durable when it
  // returns.
  std::expected<void, Refusal> put_field(const std::string& bucket, const std::string& key,
                                         const std::string& name,
                                         const std::optional<std::string>& value);
  // Copies the bytes of an open object under a new key (or its own), with the fields and checksum
  // given.
  std::expected<ObjectInfo, Refusal> copy(const ObjectReader& source, PutWriter::Commit commit);
  std::expected<ListPage, Refusal> list(const ListQuery& query) const;

  // Multipart uploads; what they promise is durable when they return. too_many_uploads: that bucket
  // has limits::open_uploads under way. no_such_upload also for an
  // upload of another key or bucket, and for one that is completed or aborted.
  std::expected<std::string, Refusal> create_upload(const std::string& bucket,
                                                    const std::string& key, UploadStart start);
  std::expected<UploadInfo, Refusal> find_upload(const std::string& bucket, const std::string& key,
                                                 const std::string& id) const;
  // Those with numbers above `after`, at most `most`.
  std::expected<std::vector<PartInfo>, Refusal> list_parts(const std::string& bucket,
                                                           const std::string& key,
                                                           const std::string& id,
                                                           std::uint32_t after,
                                                           std::size_t most) const;
  std::expected<UploadPage, Refusal> list_uploads(const UploadQuery& query) const;
  // For UploadSweep: those that nobody has gone on with since then; and the end of one of them,
  // unless somebody has by now. Gives the bytes of its parts.
  OpenUploads idle_uploads(Milliseconds before) const;
  std::optional<std::uint64_t> abort_idle_upload(std::int64_t upload, Milliseconds before);
  std::expected<void, Refusal> abort_upload(const std::string& bucket, const std::string& key,
                                            const std::string& id);
  // Costs the number of parts, not their bytes. Once more with the same parts gives the same
  // object, as long as that is there. A refusal leaves the upload as it was.
  std::expected<ObjectInfo, Refusal> complete_upload(const std::string& bucket,
                                                     const std::string& key, const std::string& id,
                                                     const Completion& completion);

  // Whatever is signed in that bucket with one of these tags in its ticket (s3/ticket.hpp) is to be
  // refused until then; durable when it returns. Those whose time has come are forgotten.
  std::expected<void, Refusal> withdraw_tickets(const std::string& bucket,
                                                std::span<const std::string> tags, UnixSeconds now,
                                                UnixSeconds until);
  // Whether one of the ticket's tags is to be refused in that bucket: a few rows by their key.
  bool is_withdrawn(std::string_view bucket, std::string_view ticket, UnixSeconds now) const;
  // False as long as none ever was: then there is no need to ask.
  bool has_withdrawn_tickets() const;

  // What was fetched with tickets (docs/adr/0030). count_fetch() writes memory alone and drops what
  // is no ticket of ours; keep_fetch_counts(), once a second and at the end, makes durable what it
  // counted since. report_fetches() gives what comes after a place (s3/fetched.hpp) and forgets
  // what comes before it.
  void count_fetch(std::string_view bucket, const s3::Fetched& fetched);
  void keep_fetch_counts();
  std::expected<s3::FetchReport, Refusal> report_fetches(const std::string& bucket,
                                                         std::string_view place, std::size_t most);

  // Removes data files that a crash or a failed unlink left behind; returns how many. Two proofs:
  // no PutWriter has the file and it was last changed at least `age` ago; and the index, asked
  // after that and after a durable write of its own, does not know it. Slow: for the background.
  std::size_t collect_orphans(std::chrono::seconds age);
  // The same where nobody looks on: none is removed where they are more than a crash leaves, as for
  // an index that is older than its files. That is a tenth of all files, and a hundred.
  struct Orphans {
    std::size_t found;
    std::size_t removed;
  };
  Orphans collect_few_orphans(std::chrono::seconds age);
  // How many there are, for a store that nobody else is using.
  std::size_t count_orphans() const;

  // Gives some of the room that deleted small objects had in the index's file back to the file
  // system. False where there is none to give (any more). For the background, a little at a time.
  bool give_back_room();

  // Transactions that the index has committed: fewer than the changes, where those came together.
  std::uint64_t index_commits() const;

  // Looks at every byte of every object and of every part of an upload under way, and at the index.
  // What is found is told as it is found; what was written before there were checks is compared
  // with its MD5 instead. Nothing is changed. For a store that nobody else is using.
  struct Damage {
    std::string bucket;  // empty: the index itself
    std::string key;
    std::string what;  // a sentence
  };
  struct Checked {
    std::uint64_t objects = 0;
    std::uint64_t bytes = 0;
    std::uint64_t damaged = 0;  // objects, uploads under way and, as one, the index
  };
  Checked check(const std::function<void(const Damage&)>& found) const;

 private:
  friend class PutWriter;
  friend class PartsPin;
  friend class ObjectReader;
  std::optional<ObjectReader> open_parts(const ObjectReader::Row& row) const;
  ObjectReader open_whole(std::int64_t bucket, const ObjectReader::Row& row, Wait wait) const;
  SmallObjects::Pointer find_small(std::int64_t row, Wait wait) const;
  DataFile open_data(const DataId& data, std::uint64_t size, Wait wait) const;
  std::uint64_t check_data(const DataId& data, std::uint64_t size, const std::string& md5) const;
  std::uint64_t check_small(const ObjectReader::Row& row) const;
  std::uint64_t check_object(std::int64_t bucket, const std::string& key) const;
  std::uint64_t check_upload(std::int64_t bucket, const UploadInfo& info) const;
  void release(const Freed& freed) const;
  // The same, mostly by a thread of its own: who has replaced something is not to wait for the
  // unlink of what it was.
  void release_later(const Freed& freed) const;
  void remove_data(const DataId& data) const;
  struct Unnamed {
    std::vector<DataId> files;
    std::size_t of = 0;  // how many data files there are
  };
  Unnamed find_orphans(std::chrono::seconds age) const;
  std::size_t remove_orphans(const std::vector<DataId>& files);
  void start_upload(const DataId& data) const;
  void end_upload(const DataId& data) const noexcept;
  bool is_upload(const DataId& data) const;

  const StoreOptions options_;
  std::unique_ptr<FileIo> io_;
  Layout layout_;
  std::unique_ptr<Index> index_;
  mutable OpenFiles open_files_;
  mutable SmallObjects small_objects_;
  FetchCounts fetch_counts_;
  DigestThreads digest_threads_;
  mutable std::mutex uploads_mutex_;
  mutable std::unordered_set<DataId> uploads_;  // the files that PutWriters and readers have
  struct Pinned {
    std::size_t readers = 0;
    std::vector<DataId> doomed;  // files that go with the last reader
  };
  mutable std::mutex pins_mutex_;
  mutable std::unordered_map<std::int64_t, Pinned> pins_;
  mutable std::atomic<bool> releases_ = false;    // the thread is at work
  mutable boost::asio::thread_pool releaser_{1};  // behind all that it works with
};

}  // namespace signpost::storage
