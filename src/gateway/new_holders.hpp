#pragma once

#include <mutex>
#include <span>
#include <vector>

#include "domain/fetch.hpp"

namespace signpost::gateway {

// Holders of URLs whose tags the catalog has yet to learn. Bounded; thread-safe.
class NewHolders {
 public:
  // False where there is no room: it is to be told again.
  bool add(domain::UrlHolder holder);
  std::vector<domain::UrlHolder> take();
  // What could not be written.
  void put_back(std::span<const domain::UrlHolder> holders);

 private:
  std::mutex mutex_;
  std::vector<domain::UrlHolder> holders_;
};

}  // namespace signpost::gateway
