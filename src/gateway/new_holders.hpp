#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
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

// A holder's tag (domain/ticket.hpp), as it is with that epoch.
struct KnownHolder {
  std::uint64_t epoch = 0;
  std::string tag;
};

struct HolderTextHash : std::hash<std::string_view> {
  using is_transparent = void;
};

// By domain::holder_text().
using KnownHolders = std::unordered_map<std::string, KnownHolder, HolderTextHash, std::equal_to<>>;

}  // namespace signpost::gateway
