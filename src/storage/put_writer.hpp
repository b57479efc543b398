#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "storage/file_io.hpp"
#include "storage/types.hpp"

namespace signpost::storage {

class ObjectReader;
class Store;

// An object on its way in: a new data file that nobody sees. Where it goes before commit() said
// yes, the file goes too. Used by one thread at a time; must not outlive the Store. Every call may
// throw IoError, after which the writer only can be dropped.
class PutWriter {
 public:
  PutWriter(PutWriter&& other) noexcept;
  PutWriter& operator=(PutWriter&& other) = delete;
  ~PutWriter();

  // Appends, and hashes.
  void write(std::string_view bytes);
  // Bytes so far.
  std::uint64_t size() const { return size_; }
  // Of everything written. After it nothing may be written: compare them with what the client
  // promised, and commit or drop.
  const Digests& digests();

  // Makes it durable and visible, in this order: the file's bytes, its name, the index. Only when
  // it returns an ObjectInfo may the client be told. Then the replaced object's file goes. An error
  // leaves the key as it was. No retry after either: the writer is spent.
  // Throws IoError; whether the object is there is then unknown only where the index failed.
  std::expected<ObjectInfo, CommitError> commit(const PutCommit& commit);

 private:
  friend class Store;
  PutWriter(Store& store, std::string id, FileDescriptor file, PutOptions options);
  void copy_from(const ObjectReader& source);
  std::expected<ObjectInfo, CommitError> commit_with_etag(const PutCommit& commit,
                                                          std::string etag);
  void abandon() noexcept;

  Store* store_;  // null: moved from
  std::string id_;
  FileDescriptor file_;
  enum class State { writing, failed, committed, unknown } state_ = State::writing;
  std::uint64_t size_ = 0;
  Md5 md5_;
  std::optional<Sha256> sha256_;
  std::optional<Digests> digests_;
};

}  // namespace signpost::storage
