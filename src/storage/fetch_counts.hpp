#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "s3/fetched.hpp"

namespace signpost::storage {

struct BucketFetched {
  std::string bucket;
  s3::Fetched fetched;
};

// What was fetched with each ticket since it was last taken. In memory, of which it takes no more
// than limits::fetch_counts_bytes: what comes then is counted as lost. Thread-safe.
class FetchCounts {
 public:
  // Another one of a fetch; or many of them, which were taken and could not be kept.
  void add(std::string_view bucket, const s3::Fetched& fetched);
  std::vector<BucketFetched> take();
  // How many requests were lost since this was last asked.
  std::uint64_t take_lost();

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, BucketFetched> counts_;  // by bucket, ticket and key
  std::size_t bytes_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace signpost::storage
