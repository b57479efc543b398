#include <fmt/format.h>

#include "base/ascii.hpp"
#include "log/log.hpp"
#include "s3/ticket.hpp"
#include "storage/index.hpp"
#include "storage/store.hpp"

namespace signpost::storage {
namespace {

// "EPOCH-NUMBER": the number counts within the epoch, which each index begins by itself.
std::optional<std::int64_t> number_of(std::string_view place, std::int64_t epoch) {
  const std::string beginning = std::to_string(epoch) + "-";
  if (!place.starts_with(beginning)) return std::nullopt;
  const auto number = parse_u64(place.substr(beginning.size()));
  if (!number) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

}  // namespace

void Store::count_fetch(std::string_view bucket, const s3::Fetched& fetched) {
  if (!s3::tags_of(fetched.ticket).empty()) fetch_counts_.add(bucket, fetched);
}

void Store::keep_fetch_counts() {
  if (const auto lost = fetch_counts_.take_lost(); lost > 0)
    log::warn("{} requests for objects were not counted: too many tickets at once", lost);
  const std::vector<BucketFetched> taken = fetch_counts_.take();
  if (taken.empty()) return;
  try {
    index_->add_fetched(taken);
  } catch (...) {
    for (const BucketFetched& one : taken) fetch_counts_.add(one.bucket, one.fetched);
    throw;
  }
}

std::expected<s3::FetchReport, Refusal> Store::report_fetches(const std::string& bucket,
                                                              std::string_view place,
                                                              std::size_t most) {
  auto found = find_bucket(bucket);
  if (!found) return std::unexpected(Refusal::no_such_bucket);
  const std::int64_t epoch = index_->fetched_epoch();
  // A place of another index, or of one that was put back to what it had been, is none.
  const auto number = number_of(place, epoch);
  std::int64_t after = number && *number <= index_->last_fetched() ? *number : 0;
  if (after > 0) index_->forget_fetched(found->id, after);
  s3::FetchReport report;
  for (Index::NumberedFetched& one : index_->fetched(found->id, after, most)) {
    after = one.number;
    report.fetched.push_back(std::move(one.fetched));
  }
  report.next = fmt::format("{}-{}", epoch, after);
  return report;
}

}  // namespace signpost::storage
