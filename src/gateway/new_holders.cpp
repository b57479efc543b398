#include "gateway/new_holders.hpp"

#include <utility>

#include "base/limits.hpp"

namespace signpost::gateway {

bool NewHolders::add(domain::UrlHolder holder) {
  std::scoped_lock lock(mutex_);
  if (holders_.size() >= limits::known_url_holders) return false;
  holders_.push_back(std::move(holder));
  return true;
}

std::vector<domain::UrlHolder> NewHolders::take() {
  std::scoped_lock lock(mutex_);
  return std::exchange(holders_, {});
}

void NewHolders::put_back(std::span<const domain::UrlHolder> holders) {
  for (const domain::UrlHolder& one : holders)
    if (!add(one)) return;
}

}  // namespace signpost::gateway
