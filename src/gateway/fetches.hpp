#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/request.hpp"

namespace signpost::gateway {

// What stands for one holder (null: anyone) in the tickets of one request. Whom it stands for is
// noted, so that what is fetched with them has a name. Cheap for who has had a URL from this worker
// before, and for every URL but the first.
class HolderTag {
 public:
  // What is given must outlive it.
  HolderTag(Services& services, const domain::Principal* holder)
      : services_(services), holder_(holder) {}
  const domain::Principal* holder() const { return holder_; }
  // With the epoch of all that this holder was given (domain::UrlEpochs). Lives until the next
  // call.
  std::string_view of(std::uint64_t epoch);

 private:
  std::string find(std::uint64_t epoch) const;

  Services& services_;
  const domain::Principal* holder_;
  std::optional<std::uint64_t> epoch_;  // of tag_
  std::string tag_;
};

// Asks the embedded store, for as long as the worker runs, what was fetched with tickets, and puts
// it into the catalog; with another store it ends at once.
net::Task<void> collect_fetches(Services& services);

}  // namespace signpost::gateway
