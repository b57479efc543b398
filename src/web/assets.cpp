#include "web/assets.hpp"

#include <algorithm>

// assets() itself is in the file that web/embed.mjs writes.
namespace signpost::web {

const Asset* find_asset(std::string_view path) {
  auto all = assets();
  auto found = std::ranges::lower_bound(all, path, {}, &Asset::path);
  return found != all.end() && found->path == path ? &*found : nullptr;
}

}  // namespace signpost::web
