#include "storage/fetch_counts.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"

namespace signpost::storage {
namespace {

// What the map takes beside the texts, each of which it has twice.
constexpr std::size_t entry_bytes = 256;

// None of the first two has a space in it.
std::string name_of(std::string_view bucket, const s3::Fetched& fetched) {
  std::string name(bucket);
  return name.append(" ").append(fetched.ticket).append(" ").append(fetched.key);
}

}  // namespace

void FetchCounts::add(std::string_view bucket, const s3::Fetched& fetched) {
  std::string name = name_of(bucket, fetched);
  const std::size_t bytes = 2 * name.size() + entry_bytes;
  std::scoped_lock lock(mutex_);
  if (auto found = counts_.find(name); found != counts_.end()) {
    s3::Fetched& sum = found->second.fetched;
    sum.requests += fetched.requests;
    sum.bytes += fetched.bytes;
    sum.first = std::min(sum.first, fetched.first);
    sum.last = std::max(sum.last, fetched.last);
  } else if (bytes_ + bytes > limits::fetch_counts_bytes) {
    lost_ += fetched.requests;
  } else {
    bytes_ += bytes;
    counts_.emplace(std::move(name), BucketFetched{std::string(bucket), fetched});
  }
}

std::vector<BucketFetched> FetchCounts::take() {
  std::unordered_map<std::string, BucketFetched> taken;
  {
    std::scoped_lock lock(mutex_);
    taken = std::exchange(counts_, {});
    bytes_ = 0;
  }
  std::vector<BucketFetched> out;
  out.reserve(taken.size());
  for (auto& [name, count] : taken) out.push_back(std::move(count));
  return out;
}

std::uint64_t FetchCounts::take_lost() {
  std::scoped_lock lock(mutex_);
  return std::exchange(lost_, 0);
}

}  // namespace signpost::storage
