#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "storage/file_io.hpp"
#include "storage/types.hpp"

namespace signpost::storage {

// An object as it was when it was opened: what overwrites or deletes it later changes neither the
// information nor the bytes. Holds one descriptor. read() may be called from several threads.
class ObjectReader {
 public:
  ObjectReader(FileIo& io, ObjectInfo info, FileDescriptor file)
      : io_(&io), info_(std::move(info)), file_(std::move(file)) {}

  const ObjectInfo& info() const { return info_; }

  // The bytes from `offset` on, as many as fit: fewer than the buffer's size only at the object's
  // end, 0 beyond it. Throws IoError, or CorruptObject where the file ends too soon.
  std::size_t read(std::uint64_t offset, std::span<char> buffer) const;

  // For sendfile, by offset: the object's bytes lie in it from 0 to info().size.
  int descriptor() const { return file_.get(); }

 private:
  FileIo* io_;
  ObjectInfo info_;
  FileDescriptor file_;
};

}  // namespace signpost::storage
