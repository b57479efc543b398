#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sqlite/commit_watch.hpp"
#include "sqlite/group_commit_writer.hpp"
#include "sqlite/row_cache.hpp"
#include "storage/object.hpp"

namespace signpost::storage {

// The index's one writer, with the rows of objects that were read and are kept for as long as no
// commit touches them (docs/adr/0013).
class IndexWriter {
 public:
  IndexWriter(const std::string& file, std::span<const char* const> migrations)
      : writer_(file, migrations,
                {.begun = [this] { on_begun(); }, .committed = [this] { on_committed(); }}),
        watch_(file),
        rows_(watch_, cache_bytes) {}

  // Which rows of objects a change makes worthless: those of these keys (key_of), or all.
  struct Touched {
    bool everything = true;
    std::vector<std::string> objects = {};
  };
  static Touched nothing() { return {.everything = false}; }
  static Touched only(std::int64_t bucket, std::string_view key) {
    return {.everything = false, .objects = {key_of(bucket, key)}};
  }
  static std::string key_of(std::int64_t bucket, std::string_view key) {
    std::string out;
    out.reserve(sizeof bucket + key.size());
    out.append(reinterpret_cast<const char*>(&bucket), sizeof bucket).append(key);
    return out;
  }

  // See GroupCommitWriter. What is not said to touch less touches everything.
  template <class F>
  auto submit(Touched touched, F change) {
    return writer_.submit([&](sqlite::Database& database) {
      touched_.everything |= touched.everything;
      std::ranges::move(touched.objects, std::back_inserter(touched_.objects));
      return change(database);
    });
  }
  template <class F>
  auto submit(F change) {
    return submit(Touched(), std::move(change));
  }
  std::uint64_t commits() const { return writer_.commits(); }

  sqlite::RowCache<StoredObject>& rows() { return rows_; }

 private:
  static constexpr std::size_t cache_bytes = 32 << 20;

  void on_begun() {
    before_ = watch_.now();
    touched_ = nothing();
  }
  // Where another process has committed right after this, the mark is not the next one; then
  // nothing is done, and the rows are worthless.
  void on_committed() {
    auto after = watch_.now();
    if (touched_.everything || !before_ || !after || !after->is_next_after(*before_)) return;
    rows_.advance(*before_, *after, touched_.objects);
  }

  // Of the transaction under way; the writer's thread alone uses them.
  Touched touched_;
  std::optional<sqlite::CommitMark> before_;
  sqlite::GroupCommitWriter writer_;
  sqlite::CommitWatch watch_;  // after the writer, which makes the file
  sqlite::RowCache<StoredObject> rows_;
};

}  // namespace signpost::storage
