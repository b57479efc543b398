#pragma once

#include <atomic>
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
#include <unordered_set>
#include <vector>

#include "base/digest.hpp"
#include "base/secret.hpp"
#include "storage/file_io.hpp"
#include "storage/layout.hpp"
#include "storage/object.hpp"

namespace signpost::storage {

class Index;
class Store;

struct AccessKey {
  std::string id;
  Secret secret;
  std::string owner;
};

// One object, as it was when it was opened: a later overwrite or delete does not change what is
// read.
class ObjectReader {
 public:
  ObjectReader(FileIo& io, ObjectInfo info, Fd file, std::string path)
      : io_(&io), info_(std::move(info)), file_(std::move(file)), path_(std::move(path)) {}
  const ObjectInfo& info() const { return info_; }
  // The bytes at `offset`; fewer than into.size() only at the object's end. Throws IoError, also
  // where the file is shorter than the index says.
  std::size_t read(std::uint64_t offset, std::span<char> into) const;
  // For sendfile(2); -1 for an empty object.
  int descriptor() const { return file_.get(); }

 private:
  FileIo* io_;
  ObjectInfo info_;
  Fd file_;
  std::string path_;
};

// The bytes of an object on their way in. They lie in a new file of their own, which goes when this
// does, unless commit() has put it into the index.
class PutWriter {
 public:
  PutWriter(Store& store, bool with_sha256);
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
  // the index. When it returns a value, kill -9 and power loss leave the object there. Refusals:
  // no_such_bucket, no_such_key (If-Match), precondition_failed. Throws IoError or sqlite::Error,
  // and the key is as it was; only after sqlite::CommitUnknown it is unknown whether the object is
  // there. Once alone, whatever comes of it.
  std::expected<ObjectInfo, Refusal> commit(Commit commit);

 private:
  friend class Store;
  void create_file();
  void copy_from(const ObjectReader& source);
  void drop();
  void let_go();
  void must_be_usable() const;

  Store* store_;
  Fd file_;
  DataId data_;         // empty: no file, because there are no bytes yet
  bool usable_ = true;  // not after an error, nor after commit()
  std::uint64_t size_ = 0;
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

// One machine's objects. Thread-safe; every member may block on the disk.
class Store {
 public:
  // Opens or makes a store in `directory`. Throws AlreadyRunning where another process has it open,
  // std::runtime_error where the directory holds something else, IoError, sqlite::Error.
  explicit Store(const std::string& directory, std::unique_ptr<FileIo> io = nullptr);
  ~Store();

  // Access keys, from an immutable snapshot in memory.
  std::optional<AccessKey> find_access_key(std::string_view id) const;
  void put_access_key(const AccessKey& key);
  bool has_access_keys() const;

  std::expected<void, Refusal> create_bucket(const std::string& name, const std::string& owner);
  std::expected<void, Refusal> delete_bucket(const std::string& name);
  // From a snapshot in memory.
  std::shared_ptr<const BucketInfo> find_bucket(std::string_view name) const;
  std::vector<std::shared_ptr<const BucketInfo>> list_buckets(std::string_view owner) const;
  // Nothing takes the document away.
  std::expected<void, Refusal> put_cors(const std::string& bucket,
                                        std::optional<std::string> document);

  PutWriter begin_put(bool with_sha256) { return PutWriter(*this, with_sha256); }
  std::expected<ObjectInfo, Refusal> head(const std::string& bucket, const std::string& key) const;
  std::expected<ObjectReader, Refusal> open(const std::string& bucket,
                                            const std::string& key) const;
  // Durable when it returns. A key that is not there is no refusal, unless the condition names an
  // ETag.
  std::expected<void, Refusal> remove(const std::string& bucket, const std::string& key,
                                      const WriteCondition& condition = {});
  // Copies the bytes of an open object under a new key (or its own), with the fields and checksum
  // given.
  std::expected<ObjectInfo, Refusal> copy(const ObjectReader& source, PutWriter::Commit commit);
  std::expected<ListPage, Refusal> list(const ListQuery& query) const;

  // Removes data files that a crash or a failed unlink left behind; returns how many. Two proofs:
  // no PutWriter has the file and it was last changed at least `age` ago; and the index, asked
  // after that and after a durable write of its own, does not know it. Slow: for the background.
  std::size_t collect_orphans(std::chrono::seconds age);

  // Transactions that the index has committed: fewer than the changes, where those came together.
  std::uint64_t index_commits() const;

 private:
  friend class PutWriter;
  void remove_data(const DataId& data) const;
  void start_upload(const DataId& data);
  void end_upload(const DataId& data) noexcept;
  bool is_upload(const DataId& data) const;

  std::unique_ptr<FileIo> io_;
  Layout layout_;
  std::unique_ptr<Index> index_;
  mutable std::mutex uploads_mutex_;
  std::unordered_set<DataId> uploads_;  // the files that PutWriters have
};

}  // namespace signpost::storage
