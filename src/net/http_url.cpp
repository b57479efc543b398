#include "net/http_url.hpp"

#include <algorithm>

namespace signpost::net {

std::optional<HttpUrl> HttpUrl::parse(std::string_view text) {
  std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  std::size_t end = std::min(text.find_first_of("/?#", scheme + 3), text.size());
  auto origin = Origin::parse(text.substr(0, end));
  std::string_view target = text.substr(end);
  bool plain = std::ranges::all_of(target, [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
  if (!origin || !plain) return std::nullopt;
  std::string path = target.starts_with('/') ? "" : "/";
  return HttpUrl{*std::move(origin), path.append(target)};
}

}  // namespace signpost::net
